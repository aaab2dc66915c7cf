import { jobAccounts } from '../job-accounts.ts'
import { openSandbox } from './sandbox.ts'

/** The sandbox of this machine. */
export const sandboxHere = await openSandbox({
  isWanted: true,
  hidden: [],
  path: process.env.PATH ?? '',
  accounts: jobAccounts(null),
})

const { state, said } = sandboxHere.status
/** Why tests of the sandbox are skipped; null if it works here. */
export const skipSandbox = state === 'on' ? null : `bubblewrap: ${said ?? state}`
