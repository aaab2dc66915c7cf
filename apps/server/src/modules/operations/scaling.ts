import pLimit from 'p-limit'
import type { ScalingRule } from '@vitrine/contract'
import type { Logger } from 'pino'
import { platformActor } from '../../lib/actor.ts'
import type { Bus } from '../../lib/bus.ts'
import type { InstancesDeps } from '../instances/instances.usecases.ts'
import type { InstanceMonitor } from '../instances/instance-monitor.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { decideScaling, type Scaling } from './scaling-decision.ts'
import { createLoads } from './scaling-load.ts'
import { createPauses } from './scaling-pauses.ts'
import { createRoom } from './scaling-room.ts'
import { noMemory, reasonOfScaling, type Scaled } from './scaling-words.ts'

type Deps = {
  services: Pick<ServicesRepository, 'scaled' | 'setByRule'>
  monitor: Pick<InstanceMonitor, 'ofService'>
  instances: Pick<InstancesDeps, 'inFlight'>
  /** The runs that wait for instances of this release. They are load too: without more instances, they would wait on. */
  waitingRuns: (serviceId: string, release: number) => number
  tasks: Pick<TaskRunner, 'isFree' | 'isUntouched' | 'now'> & {
    start: (input: Parameters<TaskRunner['start']>[0]) => Promise<unknown>
  }
  scalings: Bus<Scaled>
  /** Tells others that the row of a service has changed. */
  onChanged: (serviceId: string) => void
  /** The memory of this machine that is free. */
  freeBytes: () => number
  clock: () => Date
  logger: Logger
}

const everyMs = 2_000
/** How many services are looked at together. Each look asks the gateway, which must not refuse questions because they are too many. */
const lookedAtOnce = 16

/** Looks at one service after the other, and remembers what it has seen and what has failed. */
function createFollower(deps: Deps) {
  const nowMs = () => deps.clock().getTime()
  const loads = createLoads()
  const pauses = createPauses(nowMs)
  const room = createRoom(deps.freeBytes)
  /** Services of which it is told already that the machine has no room for more instances. */
  const lackRoom = new Set<string>()

  /** The number of instances that there is room for. Pods are on other machines, and their cluster says itself what it holds. */
  function withinRoom({ id, mode, replicas: from }: StoredService, to: number): number {
    if (mode === 'kubernetes' || to <= from) return to
    return room.promise(id, deps.monitor.ofService(id), { from, to })
  }

  /** Begins the task that gives a service another number of instances. */
  async function obey(service: StoredService, rule: ScalingRule, wanted: Scaling): Promise<void> {
    const { id: serviceId, replicas: from } = service
    const because = reasonOfScaling(wanted, rule)
    const possible = withinRoom(service, wanted.to)
    if (possible !== from) {
      lackRoom.delete(serviceId)
      const input = { service_id: serviceId, replicas: possible, scaled: { from, because } }
      await deps.tasks.start({ kind: 'service.adjust', serviceId, createdBy: platformActor, input })
    } else if (!lackRoom.has(serviceId)) {
      lackRoom.add(serviceId)
      deps.scalings.publish({ serviceId, from, to: wanted.to, because, failure: noMemory })
    }
  }

  return {
    /** The change that a rule has asked for was made, or has failed. */
    ended(serviceId: string, hasFailed: boolean): void {
      if (hasFailed) pauses.failed(serviceId)
      else pauses.forget(serviceId)
    },
    /** Begins a look at these services. `since` is from before their rows were read. */
    begin(ids: ReadonlySet<string>, since: number): void {
      loads.keepOnly(ids)
      pauses.keepOnly(ids)
      // Where nothing is in the way of a task, the one that was promised room has ended, or was never stored.
      room.end((id) => deps.tasks.isFree(id, since))
      for (const id of lackRoom) if (!ids.has(id)) lackRoom.delete(id)
    },
    /** Lets a service have as many instances as its rule wants. */
    async follow(service: StoredService, rule: ScalingRule, since: number): Promise<void> {
      const { id, desired, asleep, replicas, currentRelease } = service
      if (desired === 'stopped' || asleep || currentRelease === null) {
        loads.forget(id)
        pauses.forget(id)
        // Nothing is known of its next load, so it will begin with the fewest instances.
        if (replicas === rule.min || !deps.tasks.isUntouched(id, since)) return
        if (await deps.services.setByRule(id, rule.min)) deps.onChanged(id)
        return
      }
      const inProgress = await deps.instances.inFlight(deps.monitor.ofService(id))
      // The load is unknown, which is not a load of 0.
      if (inProgress === null) return
      const requests = inProgress + deps.waitingRuns(id, currentRelease)
      const wanted = decideScaling(rule, replicas, loads.seen(service, { at: nowMs(), requests }, rule))
      if (wanted === null) lackRoom.delete(id)
      else if (deps.tasks.isFree(id, since) && pauses.mayTry(service, rule, wanted.to))
        await obey(service, rule, wanted)
    },
  }
}

/** Lets services have as many instances as their rules want by the requests that are in progress. */
export function createScaler(deps: Deps) {
  const follower = createFollower(deps)
  const inPlace = pLimit(lookedAtOnce)
  /** Services that could not be looked at. The log says it once for each. */
  const unseen = new Set<string>()
  let timer: NodeJS.Timeout | null = null
  let checking: Promise<void> | null = null
  const stopListening = deps.scalings.subscribe(({ serviceId, failure }) => {
    // Whether there is room again is seen at the next look, without a try.
    if (failure !== noMemory) follower.ended(serviceId, failure !== null)
  })

  /** Looks at one service. What goes wrong with it must not keep the others from what they need. */
  async function lookAt(service: StoredService, since: number): Promise<void> {
    const { id, scaling } = service
    if (scaling === null) return
    try {
      await follower.follow(service, scaling, since)
      unseen.delete(id)
    } catch (error) {
      if (!unseen.has(id)) deps.logger.error({ err: error, service: id }, 'scaling a service')
      unseen.add(id)
    }
  }

  async function checkAll(): Promise<void> {
    const since = deps.tasks.now()
    const scaled = await deps.services.scaled()
    const ids = new Set(scaled.map(({ id }) => id))
    follower.begin(ids, since)
    for (const id of unseen) if (!ids.has(id)) unseen.delete(id)
    await Promise.all(scaled.map((service) => inPlace(() => lookAt(service, since))))
  }

  const checkOnce = (): Promise<void> => (checking ??= checkAll().finally(() => (checking = null)))

  return {
    /** Looks at every service with a rule now. Calls at the same time share one look. */
    checkNow: checkOnce,
    /** Starts to look every two seconds. */
    start(): void {
      timer = setInterval(() => {
        // A look that takes longer is not begun again, and what it fails with is logged once.
        if (checking === null)
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
