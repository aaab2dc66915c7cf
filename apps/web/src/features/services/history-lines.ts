import type { Service, ServiceEvent } from '@vitrine/contract'

/** One line of a service's history: changes that say the same at the same time, told once. */
export type HistoryLine = Pick<ServiceEvent, 'id' | 'at' | 'status' | 'health' | 'release' | 'reason'> & {
  /** Whether the service as a whole changed. */
  whole: boolean
  /** Places of the instances that changed, those that have ended left out. */
  replicas: number[]
}

/** Changes further apart, milliseconds, are told one by one. */
const togetherMs = 10_000

const saysTheSame = (line: HistoryLine, event: ServiceEvent): boolean =>
  line.status === event.status &&
  (line.status !== 'RUNNING' || line.health === event.health) &&
  line.release === event.release &&
  (line.reason === null || event.reason === null || line.reason === event.reason) &&
  Math.abs(Date.parse(line.at) - Date.parse(event.at)) < togetherMs

/**
 * The history of a service (newest first) without saying anything twice: a service and its instances mostly change together.
 * Only neighbours are joined, so the order of what happened stays. Pure.
 */
export const historyLines = (
  events: readonly ServiceEvent[],
  instances: Service['instances'],
): HistoryLine[] => {
  const replicaOf = new Map(instances.map(({ id, replica }) => [id, replica]))
  const lines: HistoryLine[] = []
  for (const event of events) {
    const { instance_id: instanceId, id, at, status, health, release, reason } = event
    const replica = replicaOf.get(instanceId ?? '')
    const last = lines.at(-1)
    if (last === undefined || !saysTheSame(last, event)) {
      const replicas = replica === undefined ? [] : [replica]
      lines.push({ id, at, status, health, release, reason, whole: instanceId === null, replicas })
      continue
    }
    last.whole ||= instanceId === null
    last.reason ??= reason
    if (replica !== undefined && !last.replicas.includes(replica)) last.replicas.push(replica)
  }
  for (const { replicas } of lines) replicas.sort((a, b) => a - b)
  return lines
}
