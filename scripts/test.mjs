// Behind `npm test`: installs what the tests need, builds, runs them all once. What follows `--` goes to vitest.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkNodeVersion } from './lib/node-version.mjs'
import { prepare } from './lib/prepare.mjs'
import { runVisibly } from './lib/run.mjs'
import { readSettings } from './lib/settings.mjs'
import { stepsOn } from './lib/steps.mjs'
import { exampleNeeds, startNeeds, testNeeds } from './lib/system-packages.mjs'
import {
  afterRunningAgain,
  closingLine,
  filesToRunAgain,
  skippedLines,
  unsteadyLines,
} from './lib/test-numbers.mjs'
import { runMain } from './lib/words.mjs'

const root = join(import.meta.dirname, '..')

await runMain(async () => {
  checkNodeVersion()
  const settings = { ...readSettings(process.env), ownDatabase: true }
  const steps = stepsOn(process.stdout)
  if (await prepare({ root, needs: [...startNeeds, ...exampleNeeds, ...testNeeds], settings, steps }))
    return 130
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-test-report-'))
  try {
    const first = await runTests(join(folder, 'first.json'), process.argv.slice(2))
    if (first.report === null) return first.code || 1
    const files = first.code === 0 ? [] : filesToRunAgain(first.report)
    if (files.length === 0) {
      sayNumbers(first.report)
      return first.code
    }
    console.log(`these files failed beside others and run again by themselves: ${files.join(' ')}`)
    const again = await runTests(join(folder, 'again.json'), ['--no-file-parallelism', ...files])
    if (again.report === null) return again.code || 1
    for (const line of unsteadyLines(first.report, again.report)) console.log(line)
    sayNumbers(afterRunningAgain(first.report, again.report))
    return again.code
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/**
 * Runs tests, seen by the person. A run that was interrupted has no report.
 * @param {string} reportFile @param {readonly string[]} args what vitest is told
 * @returns {Promise<{ code: number, report: import('./lib/test-numbers.mjs').Report | null }>}
 */
async function runTests(reportFile, args) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const code = await runVisibly(process.execPath, [vitest, 'run', ...reporters, ...args], {
    cwd: root,
    env: testEnvironment(),
  })
  return { code, report: existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : null }
}

/** @param {import('./lib/test-numbers.mjs').Report} report */
function sayNumbers(report) {
  console.log([...skippedLines(report), closingLine(report)].join('\n'))
}

/** Our environment without the platform's settings, which are a person's for their own platform and not for the tests. */
function testEnvironment() {
  const isSetting = (/** @type {string} */ name) =>
    name.startsWith('VITRINE_') || name === 'DATABASE_URL' || name === 'REDIS_URL'
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetting(name)))
}
