import type { Logger } from 'pino'
import { platformActor } from '../../lib/actor.ts'
import type { InstancesDeps } from '../instances/instances.usecases.ts'
import type { LiveBoard, LiveInstance } from '../instances/live-board.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { takesRequests } from '../instances/instance-facts.ts'

/** What is known of how a service was used. */
export type LastUse = { lastRequestAt: Date | null; lastRunAt: Date | null }

const minuteMs = 60_000

/**
 * Whether a service may be put to sleep, but for what is under way: it serves with all its instances, and nobody has asked it for
 * anything for its idle minutes. One that was just started has been idle since then, so it never sleeps before anybody could ask.
 */
export function isIdle(
  service: Pick<StoredService, 'desired' | 'asleep' | 'idleMinutes'>,
  serving: readonly Pick<LiveInstance, 'state' | 'health' | 'reason' | 'report'>[],
  use: LastUse,
  now: Date,
): boolean {
  const { desired, asleep, idleMinutes } = service
  if (idleMinutes === null || asleep || desired === 'stopped') return false
  if (serving.length === 0 || !serving.every(takesRequests)) return false
  const moments = [
    use.lastRequestAt,
    use.lastRunAt,
    ...serving.map(({ report }) => report?.startedAt ?? null),
  ]
  const last = Math.max(0, ...moments.map((moment) => moment?.getTime() ?? 0))
  return now.getTime() - last >= idleMinutes * minuteMs
}

type Deps = {
  services: Pick<ServicesRepository, 'all'>
  instances: Pick<InstancesDeps, 'inFlight'> & { board: Pick<LiveBoard, 'ofService'> }
  /** When each service was asked for something last, through the gateway. */
  lastRequests: { lastAt: (serviceId: string) => Date | null }
  /** When each of these services carried out its last run; runs do not pass the gateway. */
  lastRuns: (serviceIds: readonly string[]) => Promise<ReadonlyMap<string, Date>>
  tasks: Pick<TaskRunner, 'isUntouched' | 'now'> & {
    start: (input: Parameters<TaskRunner['start']>[0]) => Promise<unknown>
  }
  clock: () => Date
  logger: Logger
}

const everyMs = 15_000

/** Asleep from a time when it was to sleep. */
const mayNotSleep = ({ asleep, desired, idleMinutes }: StoredService): boolean =>
  asleep && desired === 'running' && idleMinutes === null

/** Puts services to sleep that nobody has asked for anything for as long as each of them says, and wakes those that are not to sleep any more. */
export function createSleeper(deps: Deps) {
  const { board, inFlight } = deps.instances
  let timer: NodeJS.Timeout | null = null
  let looking: Promise<void> | null = null

  const servingOf = (service: StoredService) =>
    board.ofService(service.id).filter((instance) => instance.release === service.currentRelease)
  const isBusy = async (service: StoredService): Promise<boolean> => {
    const counts = await Promise.all(servingOf(service).map(inFlight))
    return counts.some((count) => count > 0)
  }

  async function begin(kind: 'service.sleep' | 'service.wake', serviceId: string, since: number) {
    if (!deps.tasks.isUntouched(serviceId, since)) return
    await deps.tasks.start({ kind, serviceId, createdBy: platformActor, input: { service_id: serviceId } })
  }

  async function look(): Promise<void> {
    const since = deps.tasks.now()
    const all = await deps.services.all()
    for (const service of all) if (mayNotSleep(service)) await begin('service.wake', service.id, since)
    const candidates = all.filter(({ idleMinutes }) => idleMinutes !== null)
    if (candidates.length === 0) return
    const lastRuns = await deps.lastRuns(candidates.map(({ id }) => id))
    for (const service of candidates) {
      const { id } = service
      const use = { lastRequestAt: deps.lastRequests.lastAt(id), lastRunAt: lastRuns.get(id) ?? null }
      if (!isIdle(service, servingOf(service), use, deps.clock()) || (await isBusy(service))) continue
      await begin('service.sleep', id, since)
    }
  }

  const lookOnce = (): Promise<void> => (looking ??= look().finally(() => (looking = null)))

  return {
    /** Looks at every service now; calls at the same time share one look. */
    look: lookOnce,
    /** Looks every quarter of a minute from now on. */
    start(): void {
      timer = setInterval(() => {
        lookOnce().catch((error: unknown) => deps.logger.error({ err: error }, 'putting services to sleep'))
      }, everyMs)
    },
    async close(): Promise<void> {
      if (timer) clearInterval(timer)
      await looking?.catch(() => undefined)
    },
  }
}
