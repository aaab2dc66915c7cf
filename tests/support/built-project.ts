import { join } from 'node:path'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'

/** The project's own folder. */
export const projectFolder = new URL('../..', import.meta.url).pathname

let built: Promise<void> | null = null

async function build(): Promise<void> {
  // `npm test` has built everything before.
  if (process.env.TESTS_ARE_BUILT === 'yes') return
  // Under a lock, because test files run in several processes at once. Unchanged parts are not built again.
  const result = await runCommand({
    file: 'flock',
    args: [projectFolder, process.execPath, join(projectFolder, 'scripts', 'build.mjs')],
    cwd: projectFolder,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: process.env.HOME ?? '/' },
  })
  if (result.exitCode !== 0)
    throw new Error(`the build failed:\n${[...result.stdout, ...result.stderr].join('\n')}`)
}

/** Builds everything that the platform runs, once for each test process. */
export function builtProject(): Promise<void> {
  built ??= build()
  return built
}
