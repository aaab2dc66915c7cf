import { identify, readStat, type ProcessIdentity } from '../../../lib/procfs/process-identity.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { programBegun } from '../process-in-sandbox.ts'
import type { ProcessReason } from '../process-reason.ts'
import type { ProcessRecord } from '../process-records.ts'
import { processesWontEnd } from '../process-runner.errors.ts'
import type { ProcessSpec } from '../process-runner.ts'
import { endTree, findTree } from '../process-tree.ts'
import { treeOf, type Limiter } from '../resource-limits/resource-limits.ts'
import type { SupervisorDaemon } from './supervisor-daemon.ts'
import { callExcept, faults, type SupervisorPrograms } from './supervisor-programs.ts'

/** A supervisord, its programs, and the limiter with the groups of the programs. */
export type Supervisor = { daemon: SupervisorDaemon; programs: SupervisorPrograms; limiter: Limiter }

/** How long a process that was just forked may take to execute its program, on a busy machine, in milliseconds. */
const executesWithinMs = 10_000
/** After this time and its grace, a program that supervisord starts again each time is one that cannot be ended, in milliseconds. */
const restsWithinMs = 30_000

/** Whether the program is stopped and supervisord will not restart it. */
export async function isAtRest(programs: SupervisorPrograms, id: string): Promise<boolean> {
  const { statename } = await programs.info(id)
  return statename === 'STOPPED' || statename === 'FATAL'
}

/** Starts a program. If it already runs, or fails at once, this is no error here: its report says so. */
export async function spawnProgram(daemon: SupervisorDaemon, id: string): Promise<void> {
  const accepted = [faults.alreadyStarted, faults.spawn, faults.abnormal]
  await callExcept(daemon, accepted, 'supervisor.startProcess', id, false)
}

/** Ends all processes with this instance's marker, while no supervisord is alive that could restart them. */
export async function endOrphans(limiter: Limiter, spec: ProcessSpec): Promise<void> {
  await endTree(treeOf(limiter, spec, null), { graceMs: spec.stopGraceMs })
}

/** Whether a process runs its program, or has ended. Right after its fork, it still runs supervisord's code. */
async function hasExecuted({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  const stat = await readStat(pid)
  return stat?.startTime !== startTime || stat.hasExecuted
}

/** Ends the whole tree and makes sure that supervisord does not restart it. */
export async function endProgram(
  { daemon, programs, limiter }: Supervisor,
  spec: ProcessSpec,
): Promise<void> {
  const { id } = spec
  const { pid, start } = await programs.info(id)
  const main = pid > 0 ? await identify(pid) : null
  const stopIt = () => callExcept(daemon, [faults.notRunning], 'supervisor.stopProcess', id, false)
  // In supervisord's code, TERM would be lost.
  if (main) await waitFor(() => hasExecuted(main), { timeoutMs: executesWithinMs, everyMs: 5 })
  if (main && programs.hasSandbox) await programBegun(spec, main, start * 1000)
  await stopIt()
  await endTree(treeOf(limiter, spec, main), {
    graceMs: spec.stopGraceMs,
    ...(main && { signalledGroup: main.pid }),
  })
  // If a program had just exited by itself, there was nothing to stop, and supervisord restarts it. Then it
  // is stopped again.
  const deadline = performance.now() + restsWithinMs + spec.stopGraceMs
  while (
    (await waitFor(() => isAtRest(programs, id), { timeoutMs: 1_500, everyMs: 20, slowingToMs: 100 })) ===
    null
  ) {
    const again = (await programs.info(id)).pid
    if (performance.now() > deadline) throw processesWontEnd({ id, pids: again > 0 ? [again] : [] })
    await stopIt()
    await endTree(treeOf(limiter, spec, null), { graceMs: spec.stopGraceMs })
  }
}

/**
 * Ends a program that exits again and again, for this reason. If it cannot be ended, supervisord keeps restarting it,
 * and with its next report it is given up again.
 */
export async function giveUpProgram(
  supervisor: Supervisor,
  record: Pick<ProcessRecord, 'spec' | 'fatal'>,
  reason: ProcessReason,
): Promise<void> {
  record.fatal = reason
  try {
    await endProgram(supervisor, record.spec)
  } catch (error) {
    record.fatal = null
    throw error
  }
}

/**
 * Ends all processes that are older than the main process: workers that outlived an earlier main process
 * would keep its port from the next one.
 */
export async function endLeftovers({ programs, limiter }: Supervisor, spec: ProcessSpec): Promise<void> {
  const seen = await findTree(treeOf(limiter, spec, null))
  // Asked after the search: every process found that is older than this main process belongs to an earlier
  // one.
  const { pid } = await programs.info(spec.id)
  const main = pid > 0 ? await identify(pid) : null
  const isOlder = (member: ProcessIdentity) =>
    main === null || Number(member.startTime) < Number(main.startTime)
  const leftovers = new Set(seen.filter(isOlder).map((member) => member.pid))
  if (leftovers.size === 0) return
  await endTree(treeOf(limiter, spec, null), {
    graceMs: spec.stopGraceMs,
    spare: (member) => !leftovers.has(member.pid),
  })
}
