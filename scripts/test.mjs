// Behind `npm test`: installs what the tests need, builds, and runs all tests once. Arguments after `--` go
// to vitest.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkNodeVersion } from './lib/node-version.mjs'
import { prepare } from './lib/prepare.mjs'
import { runVisibly } from './lib/run.mjs'
import { readSettings } from './lib/settings.mjs'
import { stepsOn } from './lib/steps.mjs'
import { exampleNeeds, startNeeds, testNeeds } from './lib/system-packages.mjs'
import { closingLine, skippedLines, slowestLines } from './lib/test-numbers.mjs'
import { runMain } from './lib/words.mjs'

const root = join(import.meta.dirname, '..')

await runMain(async () => {
  checkNodeVersion()
  const settings = { ...readSettings(process.env), ownDatabase: true }
  const steps = stepsOn(process.stdout)
  const needs = [...startNeeds, ...exampleNeeds, ...testNeeds]
  const node = await prepare({ root, needs, settings, steps })
  if (node === null) return 130
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-test-report-'))
  try {
    const reportFile = join(folder, 'report.json')
    const code = await runTests(node.file, reportFile, process.argv.slice(2))
    // A run that was interrupted has no report.
    if (!existsSync(reportFile)) return code || 1
    /** @type {import('./lib/test-numbers.mjs').Report} */
    const report = JSON.parse(readFileSync(reportFile, 'utf8'))
    console.log([...slowestLines(report), ...skippedLines(report), closingLine(report)].join('\n'))
    return code
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/**
 * Runs tests with visible output, and returns the exit code.
 * @param {string} nodeFile @param {string} reportFile @param {readonly string[]} args arguments for vitest
 */
function runTests(nodeFile, reportFile, args) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  // `prepare` has built everything, so the tests need not check whether a build is necessary.
  const env = { ...testEnvironment(), TESTS_ARE_BUILT: 'yes' }
  return runVisibly(nodeFile, [vitest, 'run', ...reporters, ...args], { cwd: root, env })
}

/**
 * Our environment without the platform's settings, because these are for the user's own platform and not for
 * the tests.
 */
function testEnvironment() {
  const isSetting = (/** @type {string} */ name) =>
    name.startsWith('VITRINE_') || name === 'DATABASE_URL' || name === 'REDIS_URL'
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetting(name)))
}
