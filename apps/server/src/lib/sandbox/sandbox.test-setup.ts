import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { findProgram } from '../find-program.ts'
import { jobAccounts } from '../job-accounts.ts'
import { sandboxCommand } from './sandbox-command.ts'
import { examineSandboxMachine } from './sandbox-machine.ts'
import { openSandbox, type Sandbox } from './sandbox.ts'

/** Every account passes through it to the filter. */
const folder = await mkdtemp(join(tmpdir(), 'vitrine-sandbox-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
await chmod(folder, 0o711)

const path = process.env.PATH ?? ''
const bwrap = (await findProgram('bwrap', path)) ?? 'bwrap'

/** The sandbox of this machine. */
export const sandboxHere = await openSandbox({
  isWanted: true,
  hidden: [],
  path,
  filterFile: join(folder, 'filter.bpf'),
  accounts: jobAccounts(null),
})

/** The same sandbox without its filter of system calls. */
export const unfilteredHere: Sandbox = {
  status: { state: 'on', said: null, calls: 'all' },
  wrap: async (command, view) =>
    sandboxCommand(command, view, await examineSandboxMachine({ bwrap, hidden: [], filter: null })),
}

const { state, said, calls } = sandboxHere.status
/** Why tests of the sandbox are skipped; null if it works here. */
export const skipSandbox = state === 'on' ? null : `bubblewrap: ${said ?? state}`
/** Why tests of the filter of system calls are skipped; null if it works here. */
export const skipFilter = skipSandbox ?? (calls === 'filtered' ? null : `no filter: ${said}`)
