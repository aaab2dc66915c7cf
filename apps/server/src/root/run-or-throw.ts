import { runCommand, type Command } from '../lib/run-command.ts'
import { failureOf, tooLate } from './passing.ts'

/** Where programs of the system are. */
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

/** Runs a program of the system, and resolves with the lines that it prints. Throws with what it says if it fails, and a `PassingError` if it takes too long or the machine has no room for it. */
export async function runOrThrow(
  command: Omit<Command, 'env' | 'runAs'>,
  options: { timeoutMs: number },
): Promise<string[]> {
  const { exitCode, startError, ended, stdout, stderr } = await runCommand({ ...command, env }, options)
  if (startError !== null) throw failureOf(command.file, startError)
  if (ended === 'timeout') throw tooLate(command.file, options.timeoutMs)
  if (exitCode !== 0) throw failureOf(command.file, stderr.join(' ') || `exit code ${exitCode}`)
  return stdout
}
