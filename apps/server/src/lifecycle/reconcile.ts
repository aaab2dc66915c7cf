import type { ProcessReport } from '../adapters/process-runner/process-runner.ts'
import { nextHealthRestart, type HealthCount } from '../modules/instances/health-count.ts'

/** An instance as the database wants it, with how its process answers. */
export type DesiredInstance = {
  id: string
  running: boolean
  count: HealthCount
  /** Bad probes in a row after which its process is to be another; null: never. */
  unhealthyProbes: number | null
}

/** One thing to do so that what is becomes what is desired. */
export type Action =
  | { type: 'add' | 'start' | 'stop' | 'remove'; id: string }
  /** `inARow`: how often it will have been started again because of its health without having been well for long. */
  | { type: 'restart'; id: string; inARow: number }

const down: ReadonlySet<ProcessReport['state']> = new Set(['STOPPED', 'EXITED', 'UNKNOWN'])

/**
 * What to do so that the runner's processes are the desired ones. FATAL is left alone: it was tried and given up with a
 * reason, and only a person's start tries again. One that lives and does not answer well for long is started again; `restarts`
 * says how often in a row that was done already. Processes of tasks under way (`held`) are not touched. Pure.
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

/** Asked for a moment ago and still not there: what cannot be brought about must not be tried without a pause. */
const adjustAgainMs = 5 * 60_000

/**
 * Which of the services that are not as they are wanted to be are adjusted now: those whose last attempt is long enough ago, as many
 * as there is room for beside those under way. Pure.
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
