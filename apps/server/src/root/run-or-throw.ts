import { runCommand, type Command } from '../lib/run-command.ts'
import { LateError } from './late.ts'

/** Where programs of the system are. */
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

/** Runs a program of the system, and resolves with the lines that it prints. Throws with what it says if it fails, and a {@link LateError} if it takes too long. */
export async function runOrThrow(
  command: Omit<Command, 'env' | 'runAs'>,
  options: { timeoutMs: number },
): Promise<string[]> {
  const { exitCode, startError, ended, stdout, stderr } = await runCommand({ ...command, env }, options)
  if (startError !== null) throw new Error(`${command.file} cannot be started: ${startError}`)
  if (ended === 'timeout') throw new LateError(command.file, options.timeoutMs)
  if (exitCode !== 0) throw new Error(`${command.file}: ${stderr.join(' ') || `exit code ${exitCode}`}`)
  return stdout
}
