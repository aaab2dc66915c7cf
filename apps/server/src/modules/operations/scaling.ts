import type { ScalingRule } from '@vitrine/contract'
import type { Logger } from 'pino'
import { platformActor } from '../../lib/actor.ts'
import type { Bus } from '../../lib/bus.ts'
import type { InstancesDeps } from '../instances/instances.usecases.ts'
import type { InstanceMonitor } from '../instances/instance-monitor.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { decideScaling, roomFor, type Scaling } from './scaling-decision.ts'
import { createLoads } from './scaling-load.ts'
import { noMemory, reasonOfScaling, type Scaled } from './scaling-words.ts'

type Deps = {
  services: Pick<ServicesRepository, 'scaled' | 'update'>
  instances: Pick<InstancesDeps, 'inFlight'> & { monitor: Pick<InstanceMonitor, 'ofService'> }
  tasks: Pick<TaskRunner, 'isUntouched' | 'now'> & {
    start: (input: Parameters<TaskRunner['start']>[0]) => Promise<unknown>
  }
  scalings: Bus<Scaled>
  /** The memory of this machine that is free. */
  freeBytes: () => number
  clock: () => Date
  logger: Logger
}

const everyMs = 2_000
/** How long after a failure nothing more is tried, in milliseconds. */
const failedPauseMs = 300_000

/** The number of instances that there is room for. Pods are on other machines, and their cluster says itself what it holds. */
function withinRoom(deps: Deps, { id, mode, replicas }: StoredService, wanted: number): number {
  if (mode === 'kubernetes' || wanted <= replicas) return wanted
  return Math.min(wanted, replicas + roomFor(deps.instances.monitor.ofService(id), deps.freeBytes()))
}

/** Begins the task that gives a service another number of instances. Resolves with whether there is room for one more. */
async function scale(
  deps: Deps,
  { service, because, to }: { service: StoredService; because: Scaled['because']; to: number },
): Promise<boolean> {
  const { id: serviceId, replicas: from } = service
  const possible = withinRoom(deps, service, to)
  if (possible === from) return false
  const input = { service_id: serviceId, replicas: possible, scaled: { from, because } }
  await deps.tasks.start({ kind: 'service.adjust', serviceId, createdBy: platformActor, input })
  return true
}

/** Looks at one service after the other, and remembers what it has seen and what has failed. */
function createFollower(deps: Deps) {
  const loads = createLoads()
  /** Until when nothing more is tried, because it has failed. */
  const pausedUntil = new Map<string, number>()
  /** Services of which it is told already that the machine has no room for more instances. */
  const lackRoom = new Set<string>()
  const nowMs = () => deps.clock().getTime()

  async function obey(service: StoredService, rule: ScalingRule, wanted: Scaling): Promise<void> {
    const { id: serviceId, replicas: from } = service
    const because = reasonOfScaling(wanted, rule)
    if (await scale(deps, { service, because, to: wanted.to })) lackRoom.delete(serviceId)
    else if (!lackRoom.has(serviceId)) {
      lackRoom.add(serviceId)
      deps.scalings.publish({ serviceId, from, to: wanted.to, because, failure: noMemory })
    }
  }

  return {
    failed: (serviceId: string) => pausedUntil.set(serviceId, nowMs() + failedPauseMs),
    keepOnly(ids: ReadonlySet<string>): void {
      loads.keepOnly(ids)
      for (const id of pausedUntil.keys()) if (!ids.has(id)) pausedUntil.delete(id)
      for (const id of lackRoom) if (!ids.has(id)) lackRoom.delete(id)
    },
    /** Lets a service have as many instances as its rule wants. `since` is from before its row was read. */
    async follow(service: StoredService, rule: ScalingRule, since: number): Promise<void> {
      const { id, desired, asleep, replicas, currentRelease } = service
      if (desired === 'stopped' || asleep || currentRelease === null) {
        loads.forget(id)
        // Nothing is known of the load that it will have: it begins with the fewest.
        if (replicas !== rule.min && deps.tasks.isUntouched(id, since))
          await deps.services.update(id, { replicas: rule.min })
        return
      }
      const counts = await Promise.all(deps.instances.monitor.ofService(id).map(deps.instances.inFlight))
      const sample = { at: nowMs(), requests: counts.reduce((sum, count) => sum + count, 0) }
      const wanted = decideScaling(rule, replicas, loads.seen(service, sample, rule))
      if (wanted === null) lackRoom.delete(id)
      else if (deps.tasks.isUntouched(id, since) && nowMs() >= (pausedUntil.get(id) ?? 0))
        await obey(service, rule, wanted)
    },
  }
}

/** Lets services have as many instances as their rules want by the requests that are in progress. */
export function createScaler(deps: Deps) {
  const follower = createFollower(deps)
  let timer: NodeJS.Timeout | null = null
  let checking: Promise<void> | null = null
  const stopListening = deps.scalings.subscribe(({ serviceId, failure }) => {
    if (failure !== null) follower.failed(serviceId)
  })

  async function checkAll(): Promise<void> {
    const since = deps.tasks.now()
    const scaled = await deps.services.scaled()
    follower.keepOnly(new Set(scaled.map(({ id }) => id)))
    await Promise.all(
      scaled.map(async (service) => {
        if (service.scaling !== null) await follower.follow(service, service.scaling, since)
      }),
    )
  }

  const checkOnce = (): Promise<void> => (checking ??= checkAll().finally(() => (checking = null)))

  return {
    /** Looks at every service with a rule now. Calls at the same time share one look. */
    checkNow: checkOnce,
    /** Starts to look every two seconds. */
    start(): void {
      timer = setInterval(() => {
        checkOnce().catch((error: unknown) => deps.logger.error({ err: error }, 'scaling services'))
      }, everyMs)
    },
    async close(): Promise<void> {
      if (timer) clearInterval(timer)
      stopListening()
      await checking?.catch(() => undefined)
    },
  }
}
