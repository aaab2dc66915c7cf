import { readFileSync } from 'node:fs'
import type { ResourceLimits } from '@vitrine/contract'
import { codeOfError } from '../../lib/code-of-error.ts'
import type { ProcessIdentity } from '../../lib/procfs/process-identity.ts'
import type { Sandbox } from '../../lib/sandbox/sandbox.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { signalOf } from './crash-loop.ts'
import { scanProcesses } from './process-scan.ts'
import type { ProcessSpec } from './process-runner.ts'

/**
 * The sandbox's own processes in the tree of an instance: the shell that waits for bubblewrap, bubblewrap outside of
 * the sandbox, and the first process inside.
 */
export const ownProcesses = 3

const term = 15
const youngMs = 5_000
const patienceMs = 5_000

/** Returns the limits of a whole tree, in which the sandbox's own processes do not count. */
export function withSandboxProcesses({
  limits,
  sandbox,
}: Pick<ProcessSpec, 'limits' | 'sandbox'>): ResourceLimits {
  const { processes } = limits
  return sandbox && processes !== undefined ? { ...limits, processes: processes + ownProcesses } : limits
}

/**
 * Returns what a spec is started with: its own command, or that of its sandbox. `limitFolders` are the folders of
 * its cgroups: runtimes read there how much memory they have.
 */
export async function launchedSpec(
  spec: ProcessSpec,
  { sandbox, limitFolders }: { sandbox: Sandbox; limitFolders: readonly string[] },
): Promise<ProcessSpec> {
  if (!spec.sandbox) return spec
  const { read } = spec.sandbox
  return sandbox.wrap(spec, { ...spec.sandbox, read: [...read, ...limitFolders] })
}

/** How a process ended, as its parent saw it. */
type Ending = { exitCode: number | null; signal: string | null }

/** Returns how the program of a spec ended. bubblewrap reports a signal as a shell does, by the exit code. */
export function endingOf<E extends Ending>(ending: E, { sandbox }: Pick<ProcessSpec, 'sandbox'>): E {
  const signal = sandbox && ending.exitCode !== null ? signalOf(ending.exitCode) : null
  return signal === null ? ending : { ...ending, exitCode: null, signal }
}

/** Whether TERM would be lost at this process. */
function ignoresTerm(pid: number): boolean {
  try {
    const mask = /^SigIgn:\s*[0-9a-f]*?([0-9a-f]{8})$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return mask !== undefined && ((Number.parseInt(mask, 16) >> (term - 1)) & 1) === 1
  } catch (error) {
    if (codeOfError(error) !== '') return true
    throw error
  }
}

/**
 * Waits until the program in a sandbox has begun, at most five seconds, if it was started a moment ago. `main` is
 * the shell that waits for bubblewrap, `startedAt` is in milliseconds since the epoch. Until then everything ignores TERM, so
 * it would be lost. On a busy machine a sandbox takes more than a second. Does nothing for a spec without a sandbox.
 */
export async function programBegun(
  { sandbox }: Pick<ProcessSpec, 'sandbox'>,
  main: ProcessIdentity,
  startedAt: number,
): Promise<void> {
  if (!sandbox || Date.now() - startedAt >= youngMs) return
  await waitFor(
    async () => {
      const { table, byParent } = await scanProcesses()
      if (table.get(main.pid)?.startTime !== main.startTime) return true
      const childrenOf = (pids: readonly number[]) => pids.flatMap((pid) => byParent.get(pid) ?? [])
      const inside = childrenOf(childrenOf(childrenOf([main.pid])))
      return inside.some((pid) => !ignoresTerm(pid))
    },
    { timeoutMs: patienceMs, everyMs: 10, slowingToMs: 50 },
  )
}
