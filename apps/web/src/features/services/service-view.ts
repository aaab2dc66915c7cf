import type { Service } from '@vitrine/contract'
import { serviceTone, type Tone } from '../../shared/service-tone.ts'

/** Groups of states for the filter of the table. */
export const stateGroups = ['all', 'attention', 'good', 'busy', 'asleep', 'rest'] as const
/** A group of states. */
export type StateGroup = (typeof stateGroups)[number]

const groupOfTone: Record<Tone, Exclude<StateGroup, 'all'>> = {
  good: 'good',
  busy: 'busy',
  warning: 'attention',
  bad: 'attention',
  rest: 'rest',
}
type Instance = Service['instances'][number]

/**
 * Instances that are broken while the service itself answers, because the others take their load. A starting
 * instance is not broken.
 */
export const failingInstances = (
  service: Pick<Service, 'status' | 'health' | 'instances' | 'asleep'>,
): Instance[] =>
  service.asleep || serviceTone(service.status, service.health) !== 'good'
    ? []
    : service.instances.filter(
        ({ state, health }) => state === 'BACKOFF' || serviceTone(state, health) === 'bad',
      )

/**
 * The group that a service belongs to now. One that is well, or asleep, has a reason only if it is not reached as it should be,
 * such as at a front port that another program holds.
 */
export const stateGroup = (
  service: Pick<Service, 'status' | 'health' | 'reason' | 'asleep' | 'instances'>,
): Exclude<StateGroup, 'all'> => {
  const group = service.asleep ? 'asleep' : groupOfTone[serviceTone(service.status, service.health)]
  const isCutOff = service.reason !== null && (group === 'good' || group === 'asleep')
  return isCutOff || failingInstances(service).length > 0 ? 'attention' : group
}

/**
 * How the page of a service links to the stage: without a link before the first release serves, and not as the
 * main button while another action is needed first. Pure.
 */
export const stageOffer = ({
  release,
  asleep,
  status,
  health,
}: Pick<Service, 'release' | 'asleep' | 'status' | 'health'>): 'none' | 'plain' | 'main' => {
  if (release === null) return 'none'
  return asleep || serviceTone(status, health) === 'good' ? 'main' : 'plain'
}

/** The next step for a service that is not well, as a key of `trouble.next`. */
export const nextStep = (
  service: Pick<Service, 'status' | 'health' | 'release' | 'unhealthy_probes' | 'instances' | 'asleep'>,
) => {
  const { status, health } = service
  if (service.release === null) return 'never_ready'
  if (failingInstances(service).length > 0) return 'partly'
  if (status === 'FATAL') return 'given_up'
  if (status === 'BACKOFF') return 'retries'
  if (status === 'STARTING' || health === 'STARTING' || health === 'UNKNOWN') return 'waits'
  if (health === 'UNHEALTHY') return service.unhealthy_probes === null ? 'unhealthy' : 'restarts'
  // A service that is well has a reason only if the gateway cannot serve all of it.
  return serviceTone(status, health) === 'good' ? 'gateway' : 'look'
}

/** What somebody must be permitted to take a step, for the steps that nothing but a person takes. */
const stepNeeds: Partial<Record<ReturnType<typeof nextStep>, 'deploy' | 'operate' | 'readLogs'>> = {
  never_ready: 'deploy',
  given_up: 'operate',
  look: 'readLogs',
}

/** Whether a step is for others than the reader, as a key of `trouble.next_for_others`. Pure. */
export function stepForOthers(
  step: ReturnType<typeof nextStep>,
  may: Record<'deploy' | 'operate' | 'readLogs', boolean>,
): boolean {
  const need = stepNeeds[step]
  return need !== undefined && !may[need]
}

/**
 * The memory limit, in megabytes, because of which a service was given up or pauses before its next start. Null if it has
 * another reason. Pure.
 */
export const memoryLimitReached = ({
  status,
  instances,
}: Pick<Service, 'status' | 'instances'>): number | null => {
  if (status !== 'FATAL' && status !== 'BACKOFF') return null
  const killed = instances.find(
    ({ state, over_limit: over }) => state === status && over?.resource === 'memory',
  )
  return killed?.over_limit?.limit ?? null
}

/**
 * Whether the log of a service that was given up is empty. Its reason ends with the last lines of its log for a reader who
 * may read logs, which nobody else can tell. Pure.
 */
export const isLogEmpty = ({
  status,
  reason,
  instances,
}: Pick<Service, 'status' | 'reason' | 'instances'>): boolean =>
  status === 'FATAL' &&
  instances.length > 0 &&
  instances.every(({ state }) => state === 'FATAL') &&
  reasonParts(reason ?? '').lines.length === 0

/**
 * The tab that tells more about the problem of a service. Null if none tells this reader more: a log is there after a first
 * release, and people see the tasks that they began themselves, which are seldom those of a service of others. Pure.
 */
export function tabAboutProblem(
  service: Pick<Service, 'status' | 'reason' | 'instances' | 'release' | 'may_own'>,
  may: Record<'readLogs' | 'readTasks', boolean>,
): 'log' | 'tasks' | null {
  if (may.readLogs && isLogEmpty(service)) return null
  if (may.readLogs && service.release !== null) return 'log'
  return may.readTasks && service.may_own ? 'tasks' : null
}

/** Divides a reason into its sentence and the lines of a log or traceback after it. */
export const reasonParts = (reason: string): { sentence: string; lines: string[] } => {
  const [sentence = '', ...lines] = reason.split('\n')
  return { sentence, lines }
}

/** How many services are in each group. */
export const countByGroup = (services: readonly Service[]): Record<StateGroup, number> => {
  const counts = { all: services.length, good: 0, attention: 0, busy: 0, asleep: 0, rest: 0 }
  for (const service of services) counts[stateGroup(service)]++
  return counts
}

/** Services one of whose names, id or port contains the text, ignoring case and surrounding spaces. */
export const matchingServices = (services: readonly Service[], text: string): readonly Service[] => {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return services
  return services.filter(
    ({ id, name, other_names: others, front_port: port }) =>
      id.includes(wanted) ||
      [name, ...others].some((one) => one.toLowerCase().includes(wanted)) ||
      String(port ?? '').startsWith(wanted),
  )
}

/** How many instances of the current release take requests. */
export const readyInstances = ({ instances, release }: Pick<Service, 'instances' | 'release'>): number =>
  instances.filter(
    (instance) =>
      instance.release === release &&
      instance.state === 'RUNNING' &&
      (instance.health === 'READY' || instance.health === 'BUSY'),
  ).length

const sum = (values: (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}
/** The total usage of a service's instances: processor cores and bytes of memory. Null if nothing is measured. */
export const usage = (
  service: Pick<Service, 'instances'>,
): { cpu: number | null; memoryBytes: number | null } => ({
  cpu: sum(service.instances.map((instance) => instance.cpu)),
  memoryBytes: sum(service.instances.map((instance) => instance.memory_bytes)),
})

/** Whether the only problem of a service is that its front port is taken. */
export const isFrontPortsAlone = (service: Service): boolean =>
  service.front_port_taken !== null && serviceTone(service.status, service.health) !== 'bad'
