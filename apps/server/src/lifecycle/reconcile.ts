import type { ProcessReport } from '../adapters/process-runner/process-runner.ts'

/** An instance as the database wants it. */
export type DesiredInstance = { id: string; running: boolean }

/** One thing to do so that what is becomes what is desired. */
export type Action = { type: 'add' | 'start' | 'stop' | 'remove'; id: string }

const down: ReadonlySet<ProcessReport['state']> = new Set(['STOPPED', 'EXITED', 'UNKNOWN'])

/**
 * What to do so that the runner's processes are the desired ones. FATAL is left alone: it was tried and given up with a
 * reason, and only a person's start tries again. Processes of tasks under way (`held`) are not touched. Pure.
 */
export function plan(
  desired: readonly DesiredInstance[],
  reports: ReadonlyMap<string, Pick<ProcessReport, 'state'>>,
  held: ReadonlySet<string>,
): Action[] {
  const actions: Action[] = []
  const wanted = new Set(desired.map((instance) => instance.id))
  for (const id of reports.keys()) if (!wanted.has(id) && !held.has(id)) actions.push({ type: 'remove', id })
  for (const { id, running } of desired) {
    if (held.has(id)) continue
    const state = reports.get(id)?.state
    if (state === undefined) actions.push({ type: 'add', id })
    if (running && (state === undefined || down.has(state))) actions.push({ type: 'start', id })
    if (!running && state !== undefined && !down.has(state) && state !== 'STOPPING' && state !== 'FATAL')
      actions.push({ type: 'stop', id })
  }
  return actions
}
