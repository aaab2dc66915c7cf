import { readdirSync, readFileSync } from 'node:fs'
import { codeOfError } from './code-of-error.ts'
import { coalesce } from './coalesce.ts'
import { hasEnded } from './procfs/process-identity.ts'
import { runCommand, type RunAs } from './run-command.ts'
import { waitFor } from './wait-for.ts'

/** A killed process ends when it next has the processor, which takes long if the machine has much else to do. */
const afterKillMs = 30_000
/** After this time it is killed again: another program, such as a timer of the machine, may have started something for it. */
const againMs = 1_000

/**
 * Kills everything of the accounts `uid:gid` that it gets. The kill is by the account itself: the kernel then kills everything
 * of it in one step, so no fork escapes. Whether there was anything does not show: it succeeds if any process of the machine
 * lives. Processes of the account may stop the killer before it kills them. So each account has a second for itself, and what
 * is left is killed again.
 */
const script = `for account do
  {
    timeout -s KILL 1 setpriv --reuid="\${account%:*}" --regid="\${account#*:}" --clear-groups \\
      /bin/sh -c 'kill -s KILL -- -1' >/dev/null 2>&1 || echo "exit code $? for $account" >&2
  } &
done
wait`

/** The accounts of a process: real, effective, saved and for files. Empty if it has ended, but for its other threads: see `hasEnded`. */
function uidsOf(pid: string): number[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const field = (name: string) => new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)?.[1] ?? ''
    if (hasEnded({ state: field('State').charAt(0), threads: Number(field('Threads')) })) return []
    return field('Uid').split('\t').map(Number)
  } catch (error) {
    if (codeOfError(error) !== '') return []
    throw error
  }
}

/** Returns the numbers of all accounts that have a living process. */
export function livingAccounts(): Set<number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return new Set(pids.flatMap(uidsOf))
}

/** {@link livingAccounts} for many callers at once: a service that is restarted asks for each of its instances. */
const lookAtAccounts = coalesce(async () => livingAccounts(), 2)

/** The accounts whose processes the next round kills. */
let asked = new Map<number, RunAs>()

/** Kills everything of all accounts that were asked for. Returns what is said of those that could not be. */
const killAsked = coalesce(async (): Promise<string> => {
  const accounts = [...asked.values()].map(({ uid, gid }) => `${uid}:${gid}`)
  asked = new Map()
  const { startError, stderr } = await runCommand(
    {
      file: '/bin/sh',
      args: ['-c', script, 'sh', ...accounts],
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    },
    { timeoutMs: afterKillMs, graceMs: againMs },
  )
  if (startError !== null) throw new Error(`/bin/sh cannot be started: ${startError}`)
  return stderr.join(' ')
})

/**
 * Kills every process of an account, wherever it is: also one that left its session, cleared its environment
 * and lost its parent. Needs root and `setpriv`. Resolves when none is left; rejects if one is still there half a
 * minute later. Callers of one moment share one program.
 */
export async function endAccount(account: RunAs): Promise<void> {
  const isGone = async () => !(await lookAtAccounts()).has(account.uid)
  let said = ''
  for (let round = 0; round * againMs < afterKillMs; round++) {
    asked.set(account.uid, account)
    said = await killAsked()
    if (await waitFor(isGone, { timeoutMs: againMs, everyMs: 5, slowingToMs: 100 })) return
  }
  throw new Error(`processes of the account ${account.uid} do not end: ${said || 'they were killed'}`)
}
