import type { Service, ServiceEvent, Task } from '@vitrine/contract'

/** One line of a service's history. Equal changes at the same time share a line. */
export type HistoryLine = Pick<ServiceEvent, 'id' | 'at' | 'status' | 'health' | 'release' | 'reason'> & {
  /** Whether the service as a whole changed. */
  whole: boolean
  /** The replicas whose instances changed, without those that have ended. */
  replicas: number[]
}

/** Changes that are further apart than this, in milliseconds, have separate lines. */
const togetherMs = 10_000

const saysTheSame = (line: HistoryLine, event: ServiceEvent): boolean =>
  line.status === event.status &&
  (line.status !== 'RUNNING' || line.health === event.health) &&
  line.release === event.release &&
  (line.reason === null || event.reason === null || line.reason === event.reason) &&
  Math.abs(Date.parse(line.at) - Date.parse(event.at)) < togetherMs

/**
 * The history of a service (newest first) without repetition, because a service and its instances usually
 * change together. Only neighbours are joined, so the order stays. Pure.
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

/**
 * What a line is about, as a text of the pages: the instances of a release, or the release that the service
 * as a whole had. Instances that have ended have no replica any more; which release they belonged to is
 * known. Null if the service had no release yet. Pure.
 */
export const lineSubject = ({
  whole,
  replicas,
  release,
}: Pick<HistoryLine, 'whole' | 'replicas' | 'release'>):
  | { key: 'services.at_release' | 'services.gone_instance'; release: number }
  | { key: 'services.instance_of'; release: number; replicas: number[] }
  | null => {
  if (release === null) return null
  if (whole) return { key: 'services.at_release', release }
  return replicas.length === 0
    ? { key: 'services.gone_instance', release }
    : { key: 'services.instance_of', release, replicas }
}

/** Changes are recorded shortly after they happen, in milliseconds. */
const recordedLateMs = 2_000

/**
 * Whether a task may have made a change: a task that brings a release starts that one, and stops others. What else happens to
 * another release meanwhile, such as a crash, happens of itself.
 */
const mayMake = (
  { release }: Pick<Task, 'release'>,
  line: Pick<HistoryLine, 'release' | 'status'>,
): boolean =>
  release === undefined ||
  line.release === null ||
  line.release === release ||
  line.status === 'STOPPING' ||
  line.status === 'STOPPED'

/**
 * The task that a change belongs to: what somebody did while it happened, such as a change of a variable, for which instances are
 * replaced. Null for a change of itself. Pure.
 */
export const taskOf = <Each extends Pick<Task, 'started_at' | 'finished_at' | 'release'>>(
  line: Pick<HistoryLine, 'at' | 'release' | 'status'>,
  tasks: readonly Each[],
): Each | null =>
  tasks.find((task) => {
    const { started_at: from, finished_at: to } = task
    const at = Date.parse(line.at)
    return (
      from !== null &&
      Date.parse(from) <= at &&
      (to === null || at <= Date.parse(to) + recordedLateMs) &&
      mayMake(task, line)
    )
  }) ?? null
