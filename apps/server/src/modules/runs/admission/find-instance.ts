import type { AppError } from '../../../lib/errors.ts'
import { wordsOf } from '../../../lib/words.ts'
import type { InstanceMonitor } from '../../instances/instance-monitor.ts'
import { reasonWords } from '../../instances/reason.ts'
import type { StoredRelease } from '../../releases/releases.repository.ts'
import { serviceNotReady } from '../../services/services.errors.ts'
import type { ServicesRepository, StoredService } from '../../services/services.repository.ts'
import { loadService } from '../../services/services.usecases.ts'
import type { WakeService } from '../../operations/waking.ts'
import { takesRequests } from '../../instances/instance-facts.ts'
import type { Leaser, RunInstance, RunPlan } from './run-instance.ts'
import type { RunQueue } from './queue.ts'

/** What finding an instance for a run needs. */
export type FindInstanceDeps = {
  services: Pick<ServicesRepository, 'get'>
  monitor: Pick<InstanceMonitor, 'ofService' | 'get'>
  executor: {
    /** The number of runs that an instance is executing. */
    runsOn: (instanceId: string) => number
  }
  temporary: {
    /** A temporary instance of a release that does not serve. It is started if there is none. */
    lease: (release: StoredRelease, who: Leaser) => Promise<RunInstance>
  }
  /** Wakes a sleeping service. Resolves once it takes requests. */
  wake: WakeService
}

type Serving = Pick<FindInstanceDeps, 'monitor' | 'executor'>

const ofCurrentRelease = ({ monitor }: Serving, service: StoredService) =>
  monitor.ofService(service.id).filter((instance) => instance.release === service.currentRelease)

/** The instance that takes requests now and has the fewest runs. Null if there is none. */
function readyInstance(deps: Serving, service: StoredService): Omit<RunInstance, 'giveBack'> | null {
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
function notReady(deps: Serving, service: StoredService): AppError {
  const [first] = ofCurrentRelease(deps, service)
  const why = first?.reason ? reasonWords(first.reason) : wordsOf(first?.state ?? 'STARTING')
  const reason = service.desired === 'stopped' ? wordsOf('STOPPED') : why
  return serviceNotReady({ service_id: service.id, reason })
}

/**
 * Throws `service.not_ready` with the reason if a service's current release has no instance for a run. A sleeping
 * service passes, because the run wakes it.
 */
export function requireInstance(deps: Serving, service: StoredService): void {
  if (service.desired !== 'stopped' && service.asleep) return
  if (!readyInstance(deps, service)) throw notReady(deps, service)
}

/**
 * Finds where a planned run goes: to the serving instances, or to a temporary one next to them if another release serves.
 * This is decided when the turn of the run has come and not when it was planned, because a deploy may have switched since.
 * Throws `service.not_ready` with the reason.
 */
export async function findInstance(deps: FindInstanceDeps, plan: RunPlan, who: Leaser): Promise<RunInstance> {
  const { service: planned, release } = plan
  const isCurrent = ({ currentRelease }: StoredService) =>
    release === null || release.number === currentRelease
  // An instance of a release that was replaced takes no requests. Nothing waits here, so that runs reach their instance
  // in the order of their turns.
  const usual = isCurrent(planned) && !planned.asleep ? readyInstance(deps, planned) : null
  if (usual) return { ...usual, giveBack: () => {} }
  const service = await loadService(deps, planned.id)
  if (release !== null && !isCurrent(service)) return deps.temporary.lease(release, who)
  if (service.asleep) await deps.wake(service.id)
  const ready = readyInstance(deps, service)
  if (ready) return { ...ready, giveBack: () => {} }
  const now = await loadService(deps, service.id)
  // A deploy has switched in this very moment.
  if (now.currentRelease !== service.currentRelease) return findInstance(deps, plan, who)
  throw notReady(deps, now)
}

/** Waits for the turn of a run, and finds its instance then. The turn ends when the run leaves the instance. */
export async function findInTurn(
  deps: FindInstanceDeps & { runQueue: Pick<RunQueue, 'enter'> },
  plan: RunPlan,
  { person, signal }: Leaser,
): Promise<RunInstance> {
  const { service, release } = plan
  const endTurn = await deps.runQueue.enter({ serviceId: service.id, release, person }, signal)
  try {
    const found = await findInstance(deps, plan, { person, signal })
    const giveBack = () => {
      found.giveBack()
      endTurn()
    }
    return { ...found, operation: release?.manifest.operation, giveBack }
  } catch (error) {
    endTurn()
    throw error
  }
}
