import type { Output, Prediction, Run } from '@vitrine/contract'
import { inKeyOrder } from '@vitrine/contract/key-order'
import type { RunEnd } from './run-state.ts'
import { api } from '../../api/client.ts'
import { loadViewers } from '../../shared/results/outputs.ts'

/** The query key of a run. */
export const runKey = (id: string) => ['runs', 'one', id] as const
/** The query key of all lists of a service's runs, used to read them again after a change. */
export const runListKey = (serviceId: string) => ['runs', 'list', serviceId] as const

const inWrittenOrder = ({ key_orders, ...output }: Output): Output =>
  key_orders === undefined ? output : { ...output, data: inKeyOrder(output.data, key_orders) }

/** A run whose data has its keys in the order in which the algorithm wrote them, which a stored result has beside it. */
const asReturned = (run: Run): Run => {
  const isOrdered = ({ outputs }: Prediction) => outputs.every((output) => output.key_orders === undefined)
  if (run.result === null || run.result.predictions.every(isOrdered)) return run
  const predictions = run.result.predictions.map((prediction) => ({
    ...prediction,
    outputs: prediction.outputs.map(inWrittenOrder),
  }))
  return { ...run, result: { ...run.result, predictions } }
}

/** Returns the run once the code that shows its result is loaded, so that the result is drawn at once. */
export const withViewers = async (stored: Run): Promise<Run> => {
  const run = asReturned(stored)
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
