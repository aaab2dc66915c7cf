import type { ProcessReport } from '../adapters/process-runner/process-runner.ts'
import { nextHealthRestart, type HealthCount } from '../modules/instances/health-count.ts'

/** An instance as the database wants it, with the health of its process. */
export type DesiredInstance = {
  id: string
  running: boolean
  count: HealthCount
  /** After this many bad probes in a row its process is restarted; null for never. */
  unhealthyProbes: number | null
}

/** One step from the actual state to the desired state. */
export type Action =
  | { type: 'add' | 'start' | 'stop' | 'remove'; id: string }
  /**
   * `inARow`: the number of restarts because of bad health, including this one, since it was last healthy for
   * long.
   */
  | { type: 'restart'; id: string; inARow: number }

/** The states without a process. One in FATAL was given up and is left alone. */
export const down: ReadonlySet<ProcessReport['state']> = new Set(['STOPPED', 'EXITED', 'UNKNOWN'])

/**
 * Returns the steps that make the runner's processes match the desired ones. A process in FATAL is left
 * alone: it was given up with a reason, and only a person's start tries again. A running process that is
 * unhealthy for long is restarted; `restarts` gives the number of such restarts in a row so far. Processes of
 * tasks in progress (`held`) are not touched. Pure.
 */
export function plan(
  desired: readonly DesiredInstance[],
  reports: ReadonlyMap<string, Pick<ProcessReport, 'state'>>,
  held: ReadonlySet<string>,
  restarts: ReadonlyMap<string, number>,
): Action[] {
  const actions: Action[] = []
  const wanted = new Set(desired.map((instance) => instance.id))
  for (const id of reports.keys()) if (!wanted.has(id) && !held.has(id)) actions.push({ type: 'remove', id })
  for (const { id, running, count, unhealthyProbes } of desired) {
    if (held.has(id)) continue
    const state = reports.get(id)?.state
    if (state === undefined) actions.push({ type: 'add', id })
    if (running && (state === undefined || down.has(state))) actions.push({ type: 'start', id })
    if (!running && state !== undefined && !down.has(state) && state !== 'STOPPING' && state !== 'FATAL')
      actions.push({ type: 'stop', id })
    if (!running || state !== 'RUNNING') continue
    const inARow = nextHealthRestart(count, unhealthyProbes, restarts.get(id) ?? 0)
    if (inARow !== null) actions.push({ type: 'restart', id, inARow })
  }
  return actions
}

/** If an adjustment did not succeed, it is not tried again before this time has passed. */
const adjustAgainMs = 5 * 60_000

/**
 * Chooses which of the services in the wrong state are adjusted now: those whose last attempt is long enough
 * ago, at most `room`. Pure.
 */
export function planAdjusting(
  due: readonly string[],
  triedAt: ReadonlyMap<string, number>,
  room: number,
  now: number,
): string[] {
  const ready = due.filter((id) => now - (triedAt.get(id) ?? Number.NEGATIVE_INFINITY) >= adjustAgainMs)
  return ready.slice(0, Math.max(0, room))
}
