import { endOf, exitCodeOf, type Exit } from '../crash-loop.ts'
import type { ProcessReason } from '../process-reason.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReport } from '../process-runner.ts'

/** The facts about a process that are not in its record. */
type Known = Pick<
  ProcessReport,
  'state' | 'generation' | 'pid' | 'node' | 'reserved' | 'endpoint' | 'listeners'
> & {
  /** Its last exit, if not only the exits of its record matter. */
  lastExit?: Exit | null
  /** Why its present state is not known. Null if it is known. */
  away?: ProcessReason | null
  /** Why its engine does not run it; null if it does. */
  refusal?: ProcessReason | null
}

/** Returns the report of a process. Pure. */
export function processReport(record: ProcessRecord, known: Known): ProcessReport {
  const { spec, desired, fatal, startedAt, restarts, lostPort } = record
  const { state, generation, listeners, endpoint, pid, node, reserved, away = null, refusal = null } = known
  const lastExit = known.lastExit === undefined ? (record.exits.at(-1) ?? null) : known.lastExit
  const lastEnd = lastExit && endOf(lastExit)
  const reason = (): ProcessReason | null => {
    if (state === 'FATAL') return fatal
    if (away !== null && desired === 'running' && fatal === null) return away
    return state === 'BACKOFF' ? (refusal ?? lastEnd) : null
  }
  return {
    id: spec.id,
    account: spec.user,
    state,
    generation,
    listeners,
    endpoint,
    lostPort,
    pid,
    node,
    reserved,
    startedAt: startedAt === null ? null : new Date(startedAt),
    exitCode: lastExit && exitCodeOf(lastExit),
    overLimit: lastExit?.overLimit ?? null,
    lastEnd,
    lastEndAt: lastExit && new Date(lastExit.at),
    restarts,
    reason: reason(),
  }
}
