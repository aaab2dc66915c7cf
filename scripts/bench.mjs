// Behind `npm run bench`: builds, measures (tests/bench) and writes docs/benchmarks.md. `npm run bench -- Gateway`
// measures and writes only that section.
import { join } from 'node:path'
import { prepare } from './lib/prepare.mjs'
import { runVisibly } from './lib/run.mjs'
import { readSettings } from './lib/settings.mjs'
import { stepsOn } from './lib/steps.mjs'
import { benchNeeds, startNeeds } from './lib/system-packages.mjs'
import { runMain } from './lib/words.mjs'

const root = join(import.meta.dirname, '..')

await runMain(async () => {
  const settings = { ...readSettings(process.env), ownDatabase: true }
  const steps = stepsOn(process.stdout)
  const node = await prepare({ root, needs: [...startNeeds, ...benchNeeds], settings, steps })
  if (node === null) return 130
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs')
  const args = [tsx, join(root, 'tests', 'bench', 'run.ts'), ...process.argv.slice(2)]
  return runVisibly(node.file, args, { cwd: root })
})
