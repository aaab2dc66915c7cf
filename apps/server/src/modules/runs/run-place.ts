import type { LiveBoard } from '../instances/live-board.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import { serviceNotReady } from '../services/services.errors.ts'
import type { StoredService } from '../services/services.repository.ts'
import { takesRequests } from '../services/services.state.ts'
import type { TemporaryInstances } from './temporary-instances.ts'

/** Where a run goes, once there is such a place; `leave` says that it is done there. Rejects when there will be none. */
export type Place = (signal: AbortSignal) => Promise<{ port: number; leave: () => void }>

/** What finding a place needs. */
export type PlaceDeps = {
  board: Pick<LiveBoard, 'ofService'>
  temporary: Pick<TemporaryInstances, 'lease'>
}

/** Port of an instance that takes requests now, or `service.not_ready` with the reason. */
export function readyPort(deps: Pick<PlaceDeps, 'board'>, service: StoredService): number {
  const instances = deps.board
    .ofService(service.id)
    .filter((instance) => instance.release === service.currentRelease)
  const ready = instances.find(takesRequests)
  if (ready) return ready.port
  const why =
    service.desired === 'stopped' ? 'STOPPED' : (instances[0]?.reason ?? instances[0]?.state ?? 'STARTING')
  throw serviceNotReady({ service_id: service.id, reason: why })
}

/** Where a release runs: with those that serve, or for a while beside them. */
export const placeOf = (deps: PlaceDeps, service: StoredService, release: StoredRelease | null): Place =>
  release === null || release.number === service.currentRelease
    ? async () => ({ port: readyPort(deps, service), leave: () => {} })
    : (signal) => deps.temporary.lease(release, signal)
