import { readdirSync, readFileSync } from 'node:fs'
import { runCommand, type RunAs } from './run-command.ts'
import { waitFor } from './wait-for.ts'

const afterKillMs = 10_000
/**
 * Kills everything of the account that runs it, until there is nothing to kill: most has ended a moment later. A process that
 * nobody reads the end of is killed for ever, so the script gives up soon. It succeeds if there may be something left.
 */
const script = `for wait in 0.01 0.02 0.04 0.08 0; do
  kill -s KILL -- -1 2>/dev/null || exit 1
  sleep "$wait"
done`

/** The accounts of a process: real, effective, saved and for files. Empty if it has ended or is a zombie. */
function uidsOf(pid: string): number[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    if (/^State:\tZ/m.test(status)) return []
    return (/^Uid:\t(.*)$/m.exec(status)?.[1] ?? '').split('\t').map(Number)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return []
    throw error
  }
}

/** Returns the numbers of all accounts that have a living process. */
export function livingAccounts(): Set<number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return new Set(pids.flatMap(uidsOf))
}

/**
 * Kills every process of an account, wherever it is: also one that left its session, cleared its environment
 * and lost its parent. Needs root. Resolves when none is left; rejects if one is still there ten seconds
 * later.
 */
export async function endAccount(account: RunAs): Promise<void> {
  // As the account itself: the kernel then kills everything of it in one step, so no fork escapes.
  const kill = {
    file: '/bin/sh',
    args: ['-c', script],
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
  }
  const { exitCode, startError } = await runCommand({ ...kill, runAs: account })
  if (startError !== null) throw new Error(`/bin/sh cannot be started: ${startError}`)
  // kill fails if there is no process to kill.
  if (exitCode === 1) return
  const gone = await waitFor(async () => !livingAccounts().has(account.uid), {
    timeoutMs: afterKillMs,
    everyMs: 5,
    slowingToMs: 100,
  })
  if (!gone) throw new Error(`processes of the account ${account.uid} do not end`)
}
