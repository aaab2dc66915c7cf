import type { Logger } from 'pino'
import { platformActor } from '../../lib/actor.ts'
import type { InstancesDeps } from '../instances/instances.usecases.ts'
import type { InstanceMonitor, LiveInstance } from '../instances/instance-monitor.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import type { SleepingService } from '../services/brief-services.repository.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { takesRequests } from '../instances/instance-facts.ts'

/** When a service was last used. */
export type LastUse = { lastRequestAt: Date | null; lastRunAt: Date | null }

const minuteMs = 60_000

/**
 * Whether a service may be put to sleep, apart from tasks and requests in progress: all its instances serve,
 * and it has had no request for its idle minutes. The minutes count from its start, so it never sleeps before
 * anybody could use it.
 */
export function isIdle(
  service: Pick<SleepingService, 'desired' | 'asleep' | 'idleMinutes'>,
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
  services: Pick<ServicesRepository, 'sleeping'>
  instances: Pick<InstancesDeps, 'inFlight'> & { monitor: Pick<InstanceMonitor, 'ofService'> }
  /** When each service got its last request through the gateway. */
  lastRequests: { lastAt: (serviceId: string) => Date | null }
  /** When each of these services executed its last run. Runs do not pass through the gateway. */
  lastRuns: (serviceIds: readonly string[]) => Promise<ReadonlyMap<string, Date>>
  tasks: Pick<TaskRunner, 'isUntouched' | 'now'> & {
    start: (input: Parameters<TaskRunner['start']>[0]) => Promise<unknown>
  }
  clock: () => Date
  logger: Logger
}

const everyMs = 15_000

/** A service that is asleep although it may no longer be. */
const mayNotSleep = ({ asleep, desired, idleMinutes }: SleepingService): boolean =>
  asleep && desired === 'running' && idleMinutes === null

/** Puts services to sleep that had no request for their idle minutes, and wakes those that may no longer sleep. */
export function createSleeper(deps: Deps) {
  const { monitor, inFlight } = deps.instances
  let timer: NodeJS.Timeout | null = null
  let checking: Promise<void> | null = null

  const servingOf = (service: SleepingService) =>
    monitor.ofService(service.id).filter((instance) => instance.release === service.currentRelease)
  /** A service of which the gateway does not say it may be busy. */
  const mayBeBusy = async (service: SleepingService): Promise<boolean> =>
    (await inFlight(servingOf(service))) !== 0

  async function begin(kind: 'service.sleep' | 'service.wake', serviceId: string, since: number) {
    if (!deps.tasks.isUntouched(serviceId, since)) return
    await deps.tasks.start({ kind, serviceId, createdBy: platformActor, input: { service_id: serviceId } })
  }

  async function checkIdle(): Promise<void> {
    const since = deps.tasks.now()
    const all = await deps.services.sleeping()
    for (const service of all) if (mayNotSleep(service)) await begin('service.wake', service.id, since)
    const isUnused = (service: SleepingService, lastRunAt: Date | null) => {
      const use = { lastRequestAt: deps.lastRequests.lastAt(service.id), lastRunAt }
      return isIdle(service, servingOf(service), use, deps.clock())
    }
    // Their runs are asked for only then, because that reads all of them.
    const unasked = all.filter((service) => isUnused(service, null))
    if (unasked.length === 0) return
    const lastRuns = await deps.lastRuns(unasked.map(({ id }) => id))
    for (const service of unasked) {
      const { id } = service
      if (!isUnused(service, lastRuns.get(id) ?? null) || (await mayBeBusy(service))) continue
      await begin('service.sleep', id, since)
    }
  }

  const checkOnce = (): Promise<void> => (checking ??= checkIdle().finally(() => (checking = null)))

  return {
    /** Checks every service now. Calls at the same time share one check. */
    checkNow: checkOnce,
    /** Starts to check every quarter of a minute. */
    start(): void {
      timer = setInterval(() => {
        checkOnce().catch((error: unknown) => deps.logger.error({ err: error }, 'putting services to sleep'))
      }, everyMs)
    },
    async close(): Promise<void> {
      if (timer) clearInterval(timer)
      await checking?.catch(() => undefined)
    },
  }
}
