// Builds, then measures (tests/bench) and writes docs/benchmarks.md. `npm run bench -- Gateway` measures one section and writes nothing.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildProject } from './build.mjs'

const root = join(import.meta.dirname, '..')
await buildProject({ say: (line) => console.log(line) })
const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs')
const { status } = spawnSync(
  process.execPath,
  [tsx, join(root, 'tests', 'bench', 'run.ts'), ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    cwd: root,
  },
)
process.exitCode = status ?? 1
