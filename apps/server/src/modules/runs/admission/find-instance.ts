import type { InstanceMonitor } from '../../instances/instance-monitor.ts'
import type { WakeService } from '../../operations/waking.ts'
import type { StoredRelease } from '../../releases/releases.repository.ts'
import type { ServicesRepository, StoredService } from '../../services/services.repository.ts'
import { loadService } from '../../services/services.usecases.ts'
import { whyEndedBy } from '../execution/lost-run.ts'
import type { FindInstance, Leaser, RunInstance, RunPlan } from '../run-instance.ts'
import type { RunQueue } from './queue.ts'
import { notReady, readyInstance, type ServingDeps } from './serving-instance.ts'

/** What finding an instance for a run needs. */
export type FindInstanceDeps = ServingDeps & {
  monitor: Pick<InstanceMonitor, 'askRunner'>
  services: Pick<ServicesRepository, 'get'>
  temporary: {
    /** A temporary instance of a release that does not serve. It is started if there is none. */
    lease: (release: StoredRelease, who: Leaser) => Promise<RunInstance>
  }
  /** Wakes a sleeping service. Resolves once it takes requests. */
  wake: WakeService
}

/**
 * Finds where a planned run goes: to the serving instances, or to a temporary one next to them if another release
 * serves. This is decided at the turn of the run and not when it is planned, because a deploy may have switched in
 * between. Throws `service.not_ready` with the reason.
 */
export async function findInstance(deps: FindInstanceDeps, plan: RunPlan, who: Leaser): Promise<RunInstance> {
  const { service: planned, release } = plan
  const isCurrent = ({ currentRelease }: StoredService) =>
    release === null || release.number === currentRelease
  // An instance of a replaced release takes no requests. There is no `await` before this, so that runs reach their
  // instance in the order of their turns.
  const usual = isCurrent(planned) && !planned.asleep ? readyInstance(deps, planned) : null
  if (usual) return { ...usual, giveBack: () => {} }
  const service = await loadService(deps, planned.id)
  if (release !== null && !isCurrent(service)) return deps.temporary.lease(release, who)
  if (service.asleep) await deps.wake(service.id)
  const ready = readyInstance(deps, service)
  if (ready) return { ...ready, giveBack: () => {} }
  const now = await loadService(deps, service.id)
  // A deploy has switched in the meantime.
  if (now.currentRelease !== service.currentRelease) return findInstance(deps, plan, who)
  throw notReady(deps, now)
}

/**
 * Makes the function with which the executor finds the instance of a run. It waits for the turn of the run and then
 * finds the instance. The turn ends when the run leaves the instance.
 */
export const findInTurn =
  (
    deps: FindInstanceDeps & { runQueue: Pick<RunQueue, 'enter'> },
    plan: RunPlan,
    person: string,
  ): FindInstance =>
  async (signal) => {
    const { service, release } = plan
    const endTurn = await deps.runQueue.enter({ serviceId: service.id, release, person }, signal)
    try {
      const found = await findInstance(deps, plan, { person, signal })
      const giveBack = () => {
        found.giveBack()
        endTurn()
      }
      const whyEnded = whyEndedBy(deps.monitor, found)
      return { ...found, operation: release?.manifest.operation, giveBack, whyEnded }
    } catch (error) {
      endTurn()
      throw error
    }
  }
