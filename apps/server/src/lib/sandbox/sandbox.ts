import { join } from 'node:path'
import type { Host } from '@vitrine/contract'
import { findProgram } from '../find-program.ts'
import type { JobAccounts } from '../job-accounts.ts'
import { runCommand, type Command } from '../run-command.ts'
import { sandboxCommand, type SandboxView } from './sandbox-command.ts'
import { examineSandboxMachine } from './sandbox-machine.ts'

/** Whether commands run in a sandbox here, and if not, why. */
type SandboxStatus = Host['sandbox']

/** Runs commands in a sandbox if this machine can. */
export type Sandbox = {
  readonly status: SandboxStatus
  /** Returns the command that runs this one in a sandbox, or the same command if there is no sandbox here. */
  wrap<C extends Pick<Command, 'file' | 'args' | 'cwd'>>(command: C, view: SandboxView): Promise<C>
}

const trialTimeoutMs = 20_000

const without = (status: SandboxStatus): Sandbox => ({ status, wrap: async (command) => command })

/** For parts that need none. */
export const noSandbox: Sandbox = without({ state: 'off', said: null })

/**
 * Finds out whether this machine can run commands in a sandbox, by running one with an account of `accounts`.
 * `path` is where programs are searched (as in PATH). `hidden` are folders that are empty in a sandbox, except for
 * what is to be visible in them: a folder of the system may contain the data folder.
 * Never rejects because a sandbox is impossible: then the status says why.
 */
export async function openSandbox(input: {
  isWanted: boolean
  path: string
  hidden: readonly string[]
  accounts: JobAccounts
}): Promise<Sandbox> {
  if (!input.isWanted) return noSandbox
  const bwrap = await findProgram('bwrap', input.path)
  if (bwrap === null) return without({ state: 'missing', said: null })
  const wrap: Sandbox['wrap'] = async (command, view) =>
    // Examined each time, because a driver creates its devices when it is first used.
    sandboxCommand(command, view, await examineSandboxMachine({ bwrap, hidden: input.hidden }))
  const trial = { file: '/usr/bin/true', args: [], cwd: '/', env: {} }
  const wrapped = await wrap(trial, {
    read: input.hidden.map((folder) => join(folder, 'services')),
    write: [],
  })
  const { exitCode, stderr, startError } = await input.accounts.lend(({ account }) =>
    runCommand({ ...wrapped, ...(account && { runAs: account }) }, { timeoutMs: trialTimeoutMs }),
  )
  if (exitCode === 0) return { status: { state: 'on', said: null }, wrap }
  return without({ state: 'refused', said: startError ?? stderr.at(-1) ?? `exit ${exitCode}` })
}
