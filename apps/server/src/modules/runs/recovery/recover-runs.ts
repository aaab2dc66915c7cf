import type { Hold } from '../../../lib/memory-budget.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { releaseNotFound } from '../../releases/releases.errors.ts'
import { serviceNotFound } from '../../services/services.errors.ts'
import { takesRequests } from '../../instances/instance-facts.ts'
import { runPayerOf } from '../admission/admission.ts'
import { whyEndedBy } from '../execution/lost-run.ts'
import type { FindInstance } from '../run-instance.ts'
import { findInTurn } from '../admission/find-instance.ts'
import { wasMadeOn, type RunRecord } from '../run-record.ts'
import { runServiceReplaced } from '../runs.errors.ts'
import type { RunsDeps } from '../runs.usecases.ts'
import { resumeCall } from './resume-call.ts'

/**
 * How long a queued run waits for its instance, in milliseconds. After a restart of the machine, instances
 * start after the platform.
 */
const startingMs = 5 * 60_000

/** Finds the instance for a run that was queued when its control plane ended, once its service is ready again. */
const findAfterRestart =
  (deps: RunsDeps, run: RunRecord, person: string): FindInstance =>
  async (signal) => {
    const { service_id: serviceId, release: number } = run
    const find = async () => {
      const found = await deps.services.get(serviceId)
      if (!found) throw serviceNotFound({ service_id: serviceId })
      // It was deleted, and another one has its ID.
      if (!wasMadeOn(found, run)) throw runServiceReplaced({ run_id: run.id, service_id: serviceId })
      return found
    }
    const service = await find()
    const release = number === null ? null : await deps.releases.get(serviceId, number)
    if (number !== null && !release) throw releaseNotFound({ service_id: serviceId, release: number })
    const serves = release === null || release.number === service.currentRelease
    if (serves && service.desired === 'running' && !service.asleep)
      await waitFor(() => deps.monitor.ofService(serviceId).some(takesRequests), {
        timeoutMs: startingMs,
        everyMs: 100,
        slowingToMs: 1_000,
        signal,
      })
    return findInTurn(deps, { service: await find(), release }, person)(signal)
  }

/**
 * Continues the unfinished runs of an earlier control plane: follows those that instances still execute, begins those
 * again that had not reached an instance, and ends the others with a reason. Resolves with their number, once all are
 * counted as running. The instances must be known before this is called.
 */
export async function recoverRuns(deps: RunsDeps): Promise<number> {
  const unfinished = await deps.runs.unfinished()
  // A request may have begun one of them since the start. Such a run may even have ended before this query answered.
  const left = unfinished.filter(({ run }) => !deps.executor.hasBegun(run.id))
  deps.executor.open()
  for (const { run, call, ...owner } of left) {
    const person = runPayerOf(owner)
    const resume = async (hold: Hold) => {
      const resumed = call && (await resumeCall(deps, { run, call, hold }))
      if (!resumed) return null
      const { service_id: serviceId, release } = run
      const giveBack = deps.runQueue.takeAgain({ serviceId, release, person })
      return { ...resumed, giveBack, whyEnded: whyEndedBy(deps.monitor, call) }
    }
    deps.executor.start(run, {
      findInstance: findAfterRestart(deps, run, person),
      person,
      giveBack: deps.admission.takeAgain(owner),
      begun: call && { call, resume },
    })
  }
  return left.length
}
