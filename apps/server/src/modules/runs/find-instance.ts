import { wordsOf } from '../../lib/words.ts'
import type { LiveBoard } from '../instances/live-board.ts'
import { reasonWords } from '../instances/reason.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import { serviceNotReady } from '../services/services.errors.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { WakeService } from '../operations/waking.ts'
import { takesRequests } from '../instances/instance-facts.ts'
import type { FindInstance, RunInstance } from './run-instance.ts'

/** What finding an instance for a run needs. */
export type FindInstanceDeps = {
  board: Pick<LiveBoard, 'ofService' | 'get'>
  executor: {
    /** The number of runs that an instance is executing. */
    runsOn: (instanceId: string) => number
  }
  temporary: {
    /** A temporary instance of a release that does not serve. It is started if there is none. */
    lease: (release: StoredRelease, signal: AbortSignal) => Promise<RunInstance>
  }
  /** Wakes a sleeping service. Resolves once it takes requests. */
  wake: WakeService
}

/** The instance that takes requests now and has the fewest runs. Throws `service.not_ready` with the reason. */
function readyInstance(
  deps: { board: Pick<LiveBoard, 'ofService'>; executor: FindInstanceDeps['executor'] },
  service: StoredService,
): Omit<RunInstance, 'leave'> {
  const instances = deps.board
    .ofService(service.id)
    .filter((instance) => instance.release === service.currentRelease)
  const ready = instances.filter(takesRequests).flatMap(({ id: instanceId, endpoint, report }) => {
    const generation = report?.generation ?? null
    return endpoint ? [{ instanceId, endpoint, generation, runs: deps.executor.runsOn(instanceId) }] : []
  })
  const [free] = ready.toSorted((one, other) => one.runs - other.runs)
  if (free) return { instanceId: free.instanceId, endpoint: free.endpoint, generation: free.generation }
  const [first] = instances
  const why = first?.reason ? reasonWords(first.reason) : wordsOf(first?.state ?? 'STARTING')
  const reason = service.desired === 'stopped' ? wordsOf('STOPPED') : why
  throw serviceNotReady({ service_id: service.id, reason })
}

/**
 * Throws if a service's current release has no instance for a run. A sleeping service passes, because the run
 * wakes it.
 */
export function requireInstance(
  deps: Pick<FindInstanceDeps, 'board' | 'executor'>,
  service: StoredService,
): void {
  if (service.desired === 'stopped' || !service.asleep) readyInstance(deps, service)
}

/** Where a release runs: on the serving instances, or on a temporary one next to them. */
export const instanceFinder = (
  deps: FindInstanceDeps,
  service: StoredService,
  release: StoredRelease | null,
): FindInstance =>
  release === null || release.number === service.currentRelease
    ? async () => {
        if (service.asleep) await deps.wake(service.id)
        return { ...readyInstance(deps, service), leave: () => {} }
      }
    : (signal) => deps.temporary.lease(release, signal)
