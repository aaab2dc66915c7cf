import pLimit from 'p-limit'
import type { Logger } from 'pino'
import { platformActor } from '../lib/actor.ts'
import { groupBy } from '../lib/group-by.ts'
import { freshCount } from '../modules/instances/health-count.ts'
import { serviceOfInstance } from '../modules/instances/instance-spec.ts'
import {
  addInstance,
  knownInstance,
  removeInstance,
  watched,
  type InstancesDeps,
  type KnownInstance,
} from '../modules/instances/instances.usecases.ts'
import type { WatchedInstance } from '../modules/instances/live-board.ts'
import { needsAdjusting } from '../modules/instances/plan-instances.ts'
import type { InstancesRepository } from '../modules/instances/instances.repository.ts'
import type { ReleasesRepository } from '../modules/releases/releases.repository.ts'
import type { ServicesRepository, StoredService } from '../modules/services/services.repository.ts'
import type { TaskRunner } from '../modules/tasks/task-runner.ts'
import { plan, planAdjusting, type Action, type DesiredInstance } from './reconcile.ts'
import { restartUnhealthy, type RestartDeps } from './restart-unhealthy.ts'
import { createRounds } from './rounds.ts'

type Deps = Pick<RestartDeps, 'gateway' | 'onRestarted'> & {
  services: Pick<ServicesRepository, 'all'>
  releases: Pick<ReleasesRepository, 'activeInBrief'>
  instanceRows: Pick<InstancesRepository, 'list' | 'countHealthRestart'>
  tasks: Pick<TaskRunner, 'resume' | 'now' | 'isUntouched' | 'inTurn' | 'start' | 'settled'>
  instances: InstancesDeps
  /** Instances that run for a while and are in nobody's rows. */
  temporary: { ids: () => ReadonlySet<string> }
  logger: Logger
}

type Wanted = KnownInstance & DesiredInstance
/** What is desired: the instances, and the services whose instances are to become others. */
type Desired = { instances: Wanted[]; toAdjust: string[] }

/** So many processes are started or stopped at once, and so many services are changed. */
const actionsAtOnce = 16
const adjustingAtOnce = 4
const down: ReadonlySet<string> = new Set(['STOPPED', 'EXITED', 'UNKNOWN'])

/** What should be known to the runner, the instances of the releases that serve, and whose instances are to become others. */
async function readDesired(deps: Deps): Promise<Desired> {
  const [services, active, rows] = await Promise.all([
    deps.services.all(),
    deps.releases.activeInBrief(),
    deps.instanceRows.list(),
  ])
  const byId = new Map(services.map((service) => [service.id, service]))
  const rowsOf = groupBy(rows, (row) => row.serviceId)
  const isDue = (service: StoredService) => {
    const release = active.get(service.id)
    return release !== undefined && needsAdjusting(service, release, rowsOf.get(service.id) ?? [])
  }
  const instances = rows.flatMap((row): Wanted[] => {
    const service = byId.get(row.serviceId)
    const release = active.get(row.serviceId)
    // One on trial is its task's; without a task it is left over.
    if (!service || release?.number !== row.release || row.onTrial) return []
    const running = service.desired === 'running' && !service.asleep
    const count = deps.instances.board.get(row.id)?.count ?? freshCount
    return [{ ...knownInstance(row, release), running, count, unhealthyProbes: service.unhealthyProbes }]
  })
  return { instances, toAdjust: services.filter(isDue).map(({ id }) => id) }
}

/** Moves what is towards what is desired: at boot, when something has changed, and every few seconds. */
export class Reconciler {
  readonly #deps: Deps
  readonly #limit = pLimit(actionsAtOnce)
  readonly #rounds: ReturnType<typeof createRounds>
  /** How often in a row an instance was started again because of its health. */
  readonly #restarts = new Map<string, number>()
  readonly #restarting = new Set<string>()
  readonly #adjusting = new Set<string>()
  readonly #adjustedAt = new Map<string, number>()

  constructor(deps: Deps) {
    this.#deps = deps
    this.#rounds = createRounds({ once: () => this.#once(), onError: this.#failed({}) })
  }

  /** What the board is to follow from the start. */
  async watched(): Promise<WatchedInstance[]> {
    return (await readDesired(this.#deps)).instances.map(watched)
  }

  /** One round now. */
  reconcile(): Promise<void> {
    return this.#rounds.now()
  }

  /** Something has changed in a service; where one of its processes is down, and nobody works on it who ended it, a round is due. */
  changed(serviceId: string): void {
    const { tasks } = this.#deps
    if (!tasks.isUntouched(serviceId, tasks.now())) return
    const instances = this.#deps.instances.board.ofService(serviceId)
    if (instances.some(({ state }) => down.has(state))) this.#rounds.soon()
  }

  /** Reconciles from now on. */
  start(): void {
    this.#rounds.start()
  }

  close(): Promise<void> {
    return this.#rounds.close()
  }

  #failed(what: object): (error: unknown) => void {
    return (error) => this.#deps.logger.error({ err: error, ...what }, 'reconcile failed')
  }

  async #once(): Promise<void> {
    const { tasks, instances, temporary } = this.#deps
    await tasks.resume()
    const since = tasks.now()
    const [wanted, reports] = await Promise.all([readDesired(this.#deps), instances.runner.reports()])
    // Read after the reports: whatever they show of these was begun before.
    const held = new Set([...temporary.ids(), ...this.#restarting])
    const byId = new Map(wanted.instances.map((instance) => [instance.id, instance]))
    for (const id of this.#restarts.keys()) if (!byId.has(id)) this.#restarts.delete(id)
    const actions = groupBy(plan(wanted.instances, reports, held, this.#restarts), ({ id }) => id)
    const help = (id: string, own: readonly Action[]) => () => this.#help(own, byId.get(id), since)
    await Promise.all(
      [...actions].map(([id, own]) => this.#limit(help(id, own)).catch(this.#failed({ instance: id }))),
    )
    await this.#adjust(wanted.toAdjust, since)
  }

  /** One instance's actions, in order. One that cannot be helped must not keep the others from it; the next round tries again. */
  async #help(actions: readonly Action[], instance: Wanted | undefined, since: number): Promise<void> {
    for (const action of actions) {
      // Asked now and not before: a task that began meanwhile works on what this action was planned for.
      if (!this.#deps.tasks.isUntouched(serviceOfInstance(action.id), since)) return
      this.#deps.logger.info({ action: action.type, instance: action.id }, 'reconcile')
      await this.#carryOut(action, instance)
    }
  }

  async #carryOut(action: Action, instance: Wanted | undefined): Promise<void> {
    const { instances } = this.#deps
    switch (action.type) {
      case 'remove':
        return removeInstance(instances, action.id)
      case 'start':
        return instances.runner.start(action.id)
      case 'stop':
        return instances.runner.stop(action.id)
      case 'restart':
        return this.#restart(action.id, action.inARow)
      case 'add':
        if (instance) await addInstance(instances, instance)
    }
  }

  /** In the service's turn, so that no task works on it meanwhile; the round does not wait for it. */
  #restart(id: string, inARow: number): void {
    const live = this.#deps.instances.board.get(id)
    if (!live) return
    this.#restarting.add(id)
    this.#restarts.set(id, inARow)
    this.#deps.tasks
      .inTurn(live.serviceId, () => restartUnhealthy(this.#deps, live))
      .catch(this.#failed({ restart: id }))
      .finally(() => this.#restarting.delete(id))
  }

  async #adjust(due: readonly string[], since: number): Promise<void> {
    const { tasks } = this.#deps
    const untouched = due.filter((id) => tasks.isUntouched(id, since))
    const room = adjustingAtOnce - this.#adjusting.size
    for (const serviceId of planAdjusting(untouched, this.#adjustedAt, room, Date.now())) {
      this.#adjustedAt.set(serviceId, Date.now())
      const task = await tasks.start({
        ...{ kind: 'service.adjust', serviceId, createdBy: platformActor },
        input: { service_id: serviceId },
      })
      this.#adjusting.add(serviceId)
      void tasks.settled(task.id).finally(() => this.#adjusting.delete(serviceId))
    }
  }
}
