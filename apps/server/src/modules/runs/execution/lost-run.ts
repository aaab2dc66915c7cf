import { AppError } from '../../../lib/errors.ts'
import { MemoryReclaimed, type Hold } from '../../../lib/memory-budget.ts'
import type { ProcessReport } from '../../../adapters/process-runner/process-runner.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import type { Words } from '../../../lib/words.ts'
import type { InstanceMonitor } from '../../instances/instance-monitor.ts'
import { lives } from '../../instances/live-instance.ts'
import { endedByPlatform, processWords } from '../../instances/process-words.ts'
import type { RunInstance, WhyEnded } from '../run-instance.ts'
import { instanceEnded, memoryReclaimed } from '../runs.errors.ts'

/**
 * How long a run whose connection has ended waits for the report of its process, in milliseconds. A connection ends some
 * moments before the runner sees the exit.
 */
const reportedMs = 5_000

/** Why a process of an instance has ended, by a report of the instance. Null if it lives according to this report. */
function endOf(report: ProcessReport | null, generation: string | null): Words | null {
  if (report !== null && lives(report) && report.generation === generation) return null
  const isStopped = report === null || report.state === 'STOPPING' || report.state === 'STOPPED'
  return isStopped || report.lastEnd === null ? endedByPlatform : processWords(report.lastEnd)
}

/**
 * Makes the function that says why the process of a run has ended. The runner reports it, or is asked after `waitMs`: on a
 * busy machine its reports come later.
 */
export const whyEndedBy =
  (
    monitor: Pick<InstanceMonitor, 'get' | 'askRunner'>,
    { instanceId, generation }: { instanceId: string; generation: string | null },
    waitMs = reportedMs,
  ): WhyEnded =>
  async (signal) => {
    const known = () => monitor.get(instanceId)?.report ?? null
    const reported = () => endOf(known(), generation)
    const told = await waitFor(reported, { timeoutMs: waitMs, slowingToMs: 200, signal })
    // If the runner cannot be asked, its last report counts. Why it cannot is said where services are looked after.
    return told ?? endOf(await monitor.askRunner(instanceId).catch(known), generation)
  }

/** A run that has failed. `signal` is aborted if somebody cut it off. */
type Failed = {
  run: { service_id: string }
  hold: Pick<Hold, 'signal'>
  found: Pick<RunInstance, 'lost' | 'whyEnded'>
  signal: AbortSignal
}

/**
 * Why a run has lost what it needs: the platform took its memory or its instance, or its process has ended. Null if it has
 * failed for another reason.
 */
export async function lossOf(error: unknown, failed: Failed): Promise<AppError | null> {
  const { hold, found, signal } = failed
  const { service_id } = failed.run
  if (hold.signal.reason instanceof MemoryReclaimed) return memoryReclaimed({ service_id }, error)
  const taken = found.lost?.() ?? null
  if (taken || !(error instanceof AppError) || error.code !== 'run.instance_unreachable') return taken
  try {
    const reason = (await found.whyEnded?.(signal)) ?? null
    return reason && instanceEnded({ service_id, reason }, error)
  } catch (failure) {
    // What cut the run off is its reason then.
    if (signal.aborted) return null
    throw failure
  }
}
