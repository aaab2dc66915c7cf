import type { EndpointEvents, ProcessState, ServiceHealth } from '@vitrine/contract'
import type { Words } from '../../lib/words.ts'

/** The state of a service or of one of its instances from a time on. */
export type HistoryEvent = {
  at: Date
  serviceId: string
  /** Null for the service as a whole. */
  instanceId: string | null
  release: number | null
  status: ProcessState
  health: ServiceHealth
  reason: Words | null
}

/** The history of a service has new records, which can be read now. */
export type HistoryChanged = EndpointEvents<'GET /events'>['history']

/** BUSY is not a change of health: an algorithm under load is READY and BUSY alternately all day. */
const healthClass = (health: ServiceHealth) => (health === 'BUSY' ? 'READY' : health)

/**
 * Whether an event differs from the last one of the same subject. A healthy state has a reason only to record an action, such as
 * scaling. When only that reason disappears, nothing has changed. Pure.
 */
export function isChange(last: HistoryEvent | undefined, next: HistoryEvent): boolean {
  if (!last) return true
  const isOther =
    last.status !== next.status ||
    healthClass(last.health) !== healthClass(next.health) ||
    last.release !== next.release
  const isStillWell =
    next.status === 'RUNNING' && healthClass(next.health) === 'READY' && next.reason === null
  return isOther || (last.reason?.en !== next.reason?.en && !isStillWell)
}
