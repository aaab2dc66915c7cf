import type { Run } from '@vitrine/contract'
import type { RunEnd } from './run-state.ts'
import { api } from '../../api/client.ts'
import { loadViewers } from '../../shared/results/outputs.ts'

/** The query key of a run. */
export const runKey = (id: string) => ['runs', 'one', id] as const
/** The query key of all lists of a service's runs, used to read them again after a change. */
export const runListKey = (serviceId: string) => ['runs', 'list', serviceId] as const

/** Returns the run once the code that shows its result is loaded, so that the result is drawn at once. */
export const withViewers = async (run: Run): Promise<Run> => {
  await Promise.all((run.result?.predictions ?? []).map(({ outputs }) => loadViewers(outputs)))
  return run
}

/** Reads a run, and loads the code that shows its result. */
export const readRun = async (id: string, signal: AbortSignal): Promise<Run> =>
  withViewers(await api('GET /runs/{id}', { params: { id } }, { signal }))

/** The newest runs of a service, `size` of them; with an end only those that ended so. */
export const readRuns = (
  { serviceId, size, end }: { serviceId: string; size: number; end: RunEnd | undefined },
  signal: AbortSignal,
): Promise<{ items: Run[]; total: number }> =>
  api('GET /runs', { query: { service_id: serviceId, page_size: size, status: end } }, { signal })

/** Deletes an ended run. */
export const deleteRun = (id: string): Promise<void> => api('DELETE /runs/{id}', { params: { id } })
