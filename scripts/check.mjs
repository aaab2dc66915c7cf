// Behind `npm run check`: all checks that read the code and do not run it. With `--tests` it also runs the tests.
import { join } from 'node:path'
import { checkNodeVersion } from './lib/node-version.mjs'
import { choosePlatformNode, withNode } from './lib/platform-node.mjs'
import { run } from './lib/run.mjs'
import { stepsOn } from './lib/steps.mjs'
import { runMain } from './lib/words.mjs'

const root = join(import.meta.dirname, '..')
const bin = (/** @type {string} */ name) => join(root, 'node_modules', '.bin', name)
const checks = [
  { name: 'format', file: bin('prettier'), args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'lint', file: bin('oxlint'), args: ['--deny-warnings', '--type-aware'] },
  { name: 'types', file: bin('tsc'), args: ['--noEmit'] },
  { name: 'types of the scripts', file: bin('tsc'), args: ['--noEmit', '-p', 'scripts'] },
  { name: 'types of the pages', file: bin('vue-tsc'), args: ['--noEmit', '-p', 'apps/web'] },
  { name: 'unused code', file: bin('knip'), args: [] },
  // Cycles, the direction of imports, sizes: cheap enough to run before every commit.
  { name: 'architecture', file: bin('vitest'), args: ['run', 'tests/architecture'] },
]
const tests = { name: 'tests', file: process.execPath, args: [join(root, 'scripts', 'test.mjs')] }

await runMain(async () => {
  checkNodeVersion()
  const env = withNode(await choosePlatformNode({ root, steps: stepsOn(process.stdout) }))
  const all = process.argv.includes('--tests') ? [...checks, tests] : checks
  const failed = []
  for (const { name, file, args } of all) {
    const begun = Date.now()
    const { code, lines } = await run(file, args, { cwd: root, env })
    const seconds = ((Date.now() - begun) / 1000).toFixed(1)
    console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
    if (code === 0) continue
    failed.push(name)
    for (const line of lines) console.log(`  ${line}`)
  }
  if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`)
  return failed.length > 0 ? 1 : 0
})
