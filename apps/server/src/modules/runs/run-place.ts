import { wordsOf } from '../../lib/words.ts'
import type { LiveBoard } from '../instances/live-board.ts'
import { reasonWords } from '../instances/reason.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import { serviceNotReady } from '../services/services.errors.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { WakeService } from '../operations/waking.ts'
import { takesRequests } from '../instances/instance-facts.ts'
import type { RunExecutor } from './run-executor.ts'
import type { TemporaryInstances } from './temporary-instances.ts'

/** A port of an instance that takes requests; `leave` says that the run is done there. */
export type Placed = { port: number; leave: () => void }

/** Where a run goes, once there is such a place. Rejects when there will be none. */
export type Place = (signal: AbortSignal) => Promise<Placed>

/** What finding a place needs. */
export type PlaceDeps = {
  board: Pick<LiveBoard, 'ofService'>
  executor: Pick<RunExecutor, 'runsOn'>
  temporary: Pick<TemporaryInstances, 'lease'>
  /** Wakes a sleeping service, and resolves once it takes requests. */
  wake: WakeService
}

/** Port of the instance that takes requests now and has the fewest runs, or `service.not_ready` with the reason. */
export function readyPort(deps: Pick<PlaceDeps, 'board' | 'executor'>, service: StoredService): number {
  const instances = deps.board
    .ofService(service.id)
    .filter((instance) => instance.release === service.currentRelease)
  const ready = instances
    .filter(takesRequests)
    .map(({ port }) => ({ port, runs: deps.executor.runsOn(port) }))
  const [free] = ready.toSorted((one, other) => one.runs - other.runs)
  if (free) return free.port
  const [first] = instances
  const why = first?.reason ? reasonWords(first.reason) : wordsOf(first?.state ?? 'STARTING')
  const reason = service.desired === 'stopped' ? wordsOf('STOPPED') : why
  throw serviceNotReady({ service_id: service.id, reason })
}

/** Whether there is a place where a service's current release runs, or will be: a sleeping service is woken for it. */
export function checkPlace(deps: Pick<PlaceDeps, 'board' | 'executor'>, service: StoredService): void {
  if (service.desired === 'stopped' || !service.asleep) readyPort(deps, service)
}

/** Where a release runs: with those that serve, or for a while beside them. */
export const placeOf = (deps: PlaceDeps, service: StoredService, release: StoredRelease | null): Place =>
  release === null || release.number === service.currentRelease
    ? async () => {
        if (service.asleep) await deps.wake(service.id)
        return { port: readyPort(deps, service), leave: () => {} }
      }
    : (signal) => deps.temporary.lease(release, signal)
