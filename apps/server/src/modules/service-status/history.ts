import type { ProcessState, ServiceHealth } from '@vitrine/contract'
import type { Words } from '../../lib/words.ts'

/** What a service, or one of its instances, is from a moment on. */
export type HistoryEvent = {
  at: Date
  serviceId: string
  /** Null: the service as a whole. */
  instanceId: string | null
  release: number | null
  status: ProcessState
  health: ServiceHealth
  reason: Words | null
}

/** Whose event it is. */
export const subjectOf = ({
  serviceId,
  instanceId,
}: Pick<HistoryEvent, 'serviceId' | 'instanceId'>): string => `${serviceId}/${instanceId ?? ''}`

/** To be busy is no change of health: an algorithm under load is READY and BUSY by turns all day. */
const healthClass = (health: ServiceHealth) => (health === 'BUSY' ? 'READY' : health)

/** Whether an event tells more than the last of the same subject does. Pure. */
export function isNews(last: HistoryEvent | undefined, next: HistoryEvent): boolean {
  if (!last) return true
  return (
    last.status !== next.status ||
    healthClass(last.health) !== healthClass(next.health) ||
    last.reason?.en !== next.reason?.en ||
    last.release !== next.release
  )
}
