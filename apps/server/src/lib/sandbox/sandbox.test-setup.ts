import { join } from 'node:path'
import { inject } from 'vitest'
import { findProgram } from '../find-program.ts'
import { jobAccounts } from '../job-accounts.ts'
import { sandboxCommand } from './sandbox-command.ts'
import { examineSandboxMachine } from './sandbox-machine.ts'
import { openSandbox, type Sandbox } from './sandbox.ts'

const path = process.env.PATH ?? ''
const bwrap = (await findProgram('bwrap', path)) ?? 'bwrap'

/** The sandbox of this machine. */
export const sandboxHere = await openSandbox({
  isWanted: true,
  hidden: [],
  path,
  filterFile: join(inject('sandboxFolder'), `${process.pid}.bpf`),
  accounts: jobAccounts(null),
})

/** The same sandbox without its filter of system calls. */
export const unfilteredHere: Sandbox = {
  status: { state: 'on', said: null, calls: 'all', network: 'shared' },
  wrap: async (command, view) =>
    sandboxCommand(command, view, await examineSandboxMachine({ bwrap, hidden: [], filter: null })),
}

const { state, said, calls } = sandboxHere.status
/** Why tests of the sandbox are skipped; null if it works here. */
export const skipSandbox = state === 'on' ? null : `bubblewrap: ${said ?? state}`
/** Why tests of sandboxes without a network are skipped; null if they work here. */
export const skipCutOff =
  skipSandbox ?? (sandboxHere.status.network === 'separate' ? null : 'networks cannot be separated here')
/** Why tests of the filter of system calls are skipped; null if it works here. */
export const skipFilter = skipSandbox ?? (calls === 'filtered' ? null : `no filter: ${said}`)
