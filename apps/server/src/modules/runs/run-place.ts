import { wordsOf } from '../../lib/words.ts'
import type { LiveBoard, LiveInstance } from '../instances/live-board.ts'
import { reasonWords } from '../instances/reason.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import { serviceNotReady } from '../services/services.errors.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { WakeService } from '../operations/waking.ts'
import { takesRequests } from '../instances/instance-facts.ts'
import { generationOf } from './generation.ts'
import type { Place, Placed } from './placed.ts'

/** What finding a place needs. */
export type PlaceDeps = {
  board: Pick<LiveBoard, 'ofService' | 'get'>
  executor: {
    /** How many runs an instance carries out. */
    runsOn: (instanceId: string) => number
  }
  temporary: {
    /** An instance of a release that does not serve, started if there is none. */
    lease: (release: StoredRelease, signal: AbortSignal) => Promise<Placed>
  }
  /** Wakes a sleeping service, and resolves once it takes requests. */
  wake: WakeService
}

/** The instance that takes requests now and has the fewest runs, or `service.not_ready` with the reason. */
export function readyInstance(
  deps: { board: Pick<LiveBoard, 'ofService'>; executor: PlaceDeps['executor'] },
  service: StoredService,
): LiveInstance {
  const instances = deps.board
    .ofService(service.id)
    .filter((instance) => instance.release === service.currentRelease)
  const ready = instances
    .filter(takesRequests)
    .map((instance) => ({ instance, runs: deps.executor.runsOn(instance.id) }))
  const [free] = ready.toSorted((one, other) => one.runs - other.runs)
  if (free) return free.instance
  const [first] = instances
  const why = first?.reason ? reasonWords(first.reason) : wordsOf(first?.state ?? 'STARTING')
  const reason = service.desired === 'stopped' ? wordsOf('STOPPED') : why
  throw serviceNotReady({ service_id: service.id, reason })
}

/** Whether there is a place where a service's current release runs, or will be: a sleeping service is woken for it. */
export function checkPlace(deps: Pick<PlaceDeps, 'board' | 'executor'>, service: StoredService): void {
  if (service.desired === 'stopped' || !service.asleep) readyInstance(deps, service)
}

/** Where a release runs: with those that serve, or for a while beside them. */
export const placeOf = (deps: PlaceDeps, service: StoredService, release: StoredRelease | null): Place =>
  release === null || release.number === service.currentRelease
    ? async () => {
        if (service.asleep) await deps.wake(service.id)
        const { id, port, report } = readyInstance(deps, service)
        return { instanceId: id, port, generation: generationOf(report), leave: () => {} }
      }
    : (signal) => deps.temporary.lease(release, signal)
