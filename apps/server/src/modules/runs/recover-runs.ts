import { waitFor } from '../../lib/wait-for.ts'
import { releaseNotFound } from '../releases/releases.errors.ts'
import { serviceNotFound } from '../services/services.errors.ts'
import { takesRequests } from '../instances/instance-facts.ts'
import type { Place } from './placed.ts'
import { placeOf } from './run-place.ts'
import type { RunRecord } from './run-record.ts'
import type { RunsDeps } from './runs.usecases.ts'
import { takeUpCall } from './take-up.ts'

/** After a restart of the whole machine, instances are started after the platform: a queued run waits for so long. */
const startingMs = 5 * 60_000

/** Where a run goes that waited when its control plane ended: as when it was asked for, once its service is back. */
const placeAfterRestart =
  (deps: RunsDeps, run: RunRecord): Place =>
  async (signal) => {
    const { service_id: serviceId, release: number } = run
    const service = await deps.services.get(serviceId)
    if (!service) throw serviceNotFound({ service_id: serviceId })
    const release = number === null ? null : await deps.releases.get(serviceId, number)
    if (number !== null && !release) throw releaseNotFound({ service_id: serviceId, release: number })
    const serves = release === null || release.number === service.currentRelease
    if (serves && service.desired === 'running' && !service.asleep)
      await waitFor(() => deps.board.ofService(serviceId).some(takesRequests), {
        timeoutMs: startingMs,
        everyMs: 100,
        slowingToMs: 1_000,
        signal,
      })
    return placeOf(deps, service, release)(signal)
  }

/**
 * Takes up what an ended control plane left unfinished: goes on with what instances still carry out, begins anew what had not reached one,
 * and has the rest fail with the reason. Resolves once all count as running; instances must be known by then.
 */
export async function recoverRuns(deps: RunsDeps): Promise<number> {
  const left = await deps.runs.unfinished()
  for (const { run, call } of left) {
    const takeUp = (signal: AbortSignal) =>
      call ? takeUpCall(deps, { run, call, signal }) : Promise.resolve(null)
    deps.executor.start(run, placeAfterRestart(deps, run), call && { call, takeUp })
  }
  return left.length
}
