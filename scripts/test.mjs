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
import { closingLine, skippedLines } from './lib/test-numbers.mjs'
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
    const report = join(folder, 'report.json')
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const args = [vitest, 'run', ...reporters, ...process.argv.slice(2)]
    const code = await runVisibly(process.execPath, args, { cwd: root, env: testEnvironment() })
    // A run that was interrupted has no report.
    if (!existsSync(report)) return code || 1
    const results = JSON.parse(readFileSync(report, 'utf8'))
    console.log([...skippedLines(results), closingLine(results)].join('\n'))
    return code
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** Our environment without the platform's settings, which are a person's for their own platform and not for the tests. */
function testEnvironment() {
  const isSetting = (/** @type {string} */ name) =>
    name.startsWith('VITRINE_') || name === 'DATABASE_URL' || name === 'REDIS_URL'
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetting(name)))
}
