import type { AppError } from '../../../lib/errors.ts'
import { wordsOf } from '../../../lib/words.ts'
import { takesRequests } from '../../instances/instance-facts.ts'
import type { InstanceMonitor } from '../../instances/instance-monitor.ts'
import { reasonWords } from '../../instances/reason.ts'
import { serviceNotReady } from '../../services/services.errors.ts'
import type { StoredService } from '../../services/services.repository.ts'
import type { RunInstance } from '../run-instance.ts'

/** What is asked for the instances that serve. */
export type ServingDeps = {
  monitor: Pick<InstanceMonitor, 'ofService' | 'get'>
  executor: {
    /** The number of runs that an instance is executing. */
    runsOn: (instanceId: string) => number
  }
}

const ofCurrentRelease = ({ monitor }: ServingDeps, service: StoredService) =>
  monitor.ofService(service.id).filter((instance) => instance.release === service.currentRelease)

/** The instance that takes requests now and has the fewest runs. Null if there is none. */
export function readyInstance(
  deps: ServingDeps,
  service: StoredService,
): Omit<RunInstance, 'giveBack'> | null {
  const ready = ofCurrentRelease(deps, service)
    .filter(takesRequests)
    .flatMap(({ id: instanceId, endpoint, report }) => {
      const generation = report?.generation ?? null
      return endpoint ? [{ instanceId, endpoint, generation, runs: deps.executor.runsOn(instanceId) }] : []
    })
  const [free] = ready.toSorted((one, other) => one.runs - other.runs)
  return free ? { instanceId: free.instanceId, endpoint: free.endpoint, generation: free.generation } : null
}

/** Why a service has no instance for a run. */
export function notReady(deps: ServingDeps, service: StoredService): AppError {
  const [first] = ofCurrentRelease(deps, service)
  const why = first?.reason ? reasonWords(first.reason) : wordsOf(first?.state ?? 'STARTING')
  const reason = service.desired === 'stopped' ? wordsOf('STOPPED') : why
  return serviceNotReady({ service_id: service.id, reason })
}

/**
 * Throws `service.not_ready` with the reason if a service's current release has no instance for a run. A sleeping
 * service passes, because the run wakes it.
 */
export function requireInstance(deps: ServingDeps, service: StoredService): void {
  if (service.desired !== 'stopped' && service.asleep) return
  if (!readyInstance(deps, service)) throw notReady(deps, service)
}
