import { join } from 'node:path'
import { runCommand, type Command } from '../apps/server/src/lib/run-command.ts'

const runtime = join(import.meta.dirname, '..', 'runtimes', 'python')

/** Debian's interpreter, because the examples use Debian's packages of Python modules. */
export const python = '/usr/bin/python3'

/** The environment that a Python program in an example's folder needs to find the runtime. */
export const pythonEnvironment = (folder: string): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  LANG: 'C.UTF-8',
  PYTHONPATH: `${runtime}:${folder}`,
  PYTHONDONTWRITEBYTECODE: '1',
})

/** How the Python runtime serves a release; for `startExample`. */
export const servePython = async (release: string) => ({
  file: python,
  args: ['-m', 'vitrine_runtime'],
  env: { PYTHONPATH: `${runtime}:${release}` },
})

/** Runs Python in an example's folder. Resolves with what it printed. Throws with its error output if it fails. */
export async function runPython(
  folder: string,
  args: string[],
  over: Partial<Command> = {},
): Promise<string> {
  const command = { file: python, args, cwd: folder, env: pythonEnvironment(folder), ...over }
  const run = await runCommand(command, { timeoutMs: 890_000 })
  if (run.exitCode !== 0) throw new Error(run.stderr.join('\n'))
  return run.stdout.join('\n')
}
