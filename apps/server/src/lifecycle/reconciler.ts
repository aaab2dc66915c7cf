import pLimit from 'p-limit'
import type { Logger } from 'pino'
import { platformActor } from '../lib/actor.ts'
import { groupBy } from '../lib/group-by.ts'
import { freshCount } from '../modules/instances/health-count.ts'
import { serviceOfInstance } from '../modules/instances/instance-spec.ts'
import { addInstance, removeInstance, type InstancesDeps } from '../modules/instances/instances.usecases.ts'
import { knownInstance, watched, type KnownInstance } from '../modules/instances/known-instance.ts'
import type { WatchedInstance } from '../modules/instances/instance-monitor.ts'
import { needsAdjusting } from '../modules/instances/plan-instances.ts'
import type { InstancesRepository } from '../modules/instances/instances.repository.ts'
import type { ReleasesRepository } from '../modules/releases/releases.repository.ts'
import type { DesiredService } from '../modules/services/brief-services.repository.ts'
import type { ServicesRepository } from '../modules/services/services.repository.ts'
import type { TaskRunner } from '../modules/tasks/task-runner.ts'
import { LostDependencies } from './lost-dependencies.ts'
import { down, plan, planAdjusting, type Action, type DesiredInstance } from './reconcile.ts'
import { restartUnhealthy, type RestartDeps } from './restart-unhealthy.ts'
import { createRounds } from './rounds.ts'

type Deps = Pick<RestartDeps, 'gateway' | 'onRestarted'> & {
  services: Pick<ServicesRepository, 'desired'>
  releases: Pick<ReleasesRepository, 'activeInBrief'>
  instanceRows: Pick<InstancesRepository, 'list' | 'countHealthRestart'>
  tasks: Pick<TaskRunner, 'resume' | 'now' | 'isUntouched' | 'inTurn' | 'start' | 'settled'>
  instances: InstancesDeps
  /** Instances that run for a short time and are not in the database. */
  temporary: { ids: () => ReadonlySet<string> }
  /** Called after each round with how long it took in seconds. */
  onRound: (seconds: number) => void
  logger: Logger
}

type Wanted = KnownInstance & DesiredInstance
/**
 * The desired state: the instances, the services whose instances must be replaced, and the instances that are
 * ended when this is done.
 */
type Desired = { instances: Wanted[]; toAdjust: string[]; leftToAdjusting: string[] }

/** How many processes are started at once, and how many are ended. */
const actionsAtOnce = 16
/** Whether an action ends a process. It is then the only one of its instance. */
const ends = ({ type }: Action): boolean => type === 'stop' || type === 'remove'
/** How many services are adjusted at once. */
const adjustingAtOnce = 4

/**
 * Reads the instances that the runner should know, which are those of the active releases, and the services
 * to adjust.
 */
async function readDesired(deps: Deps): Promise<Desired> {
  const [services, active, rows] = await Promise.all([
    deps.services.desired(),
    deps.releases.activeInBrief(),
    deps.instanceRows.list(),
  ])
  const byId = new Map(services.map((service) => [service.id, service]))
  const rowsOf = groupBy(rows, (row) => row.serviceId)
  const isDue = (service: DesiredService) => {
    const release = active.get(service.id)
    return release !== undefined && needsAdjusting(service, release, rowsOf.get(service.id) ?? [])
  }
  const instances = rows.flatMap((row): Wanted[] => {
    const service = byId.get(row.serviceId)
    const release = active.get(row.serviceId)
    // An instance on trial belongs to its task. If the task is gone, the instance is left over.
    if (!service || release?.number !== row.release || row.onTrial) return []
    const isFull = deps.instances.disk.fullOf(service.id) !== null
    const running = service.desired === 'running' && !service.asleep && !isFull
    const count = deps.instances.monitor.get(row.id)?.count ?? freshCount
    return [{ ...knownInstance(row, release), running, count, unhealthyProbes: service.unhealthyProbes }]
  })
  const toAdjust = services.filter(isDue).map(({ id }) => id)
  const wanted = new Set(instances.map(({ id }) => id))
  const leftToAdjusting = toAdjust
    .flatMap((id) => rowsOf.get(id) ?? [])
    .flatMap(({ id }) => (wanted.has(id) ? [] : [id]))
  return { instances, toAdjust, leftToAdjusting }
}

/** Makes the actual state match the desired state: at boot, after a change, and every few seconds. */
export class Reconciler {
  readonly #deps: Deps
  readonly #limit = pLimit(actionsAtOnce)
  readonly #endLimit = pLimit(actionsAtOnce)
  /** The instances that are being ended, each once at a time. */
  readonly #ending = new Map<string, Promise<void>>()
  readonly #rounds: ReturnType<typeof createRounds>
  /** How many times in a row an instance was restarted because of its health. */
  readonly #restarts = new Map<string, number>()
  readonly #restarting = new Set<string>()
  readonly #adjusting = new Set<string>()
  readonly #adjustedAt = new Map<string, number>()
  readonly #lost: LostDependencies

  constructor(deps: Deps) {
    this.#deps = deps
    this.#lost = new LostDependencies({ tasks: deps.tasks, dependencies: deps.instances.dependencies })
    this.#rounds = createRounds({
      once: () => this.#once(),
      onEnded: deps.onRound,
      onError: this.#failed({}),
    })
  }

  /** Returns the instances that the monitor must watch from the start. */
  async watched(): Promise<WatchedInstance[]> {
    return (await readDesired(this.#deps)).instances.map(watched)
  }

  /** Runs one round now. */
  reconcile(): Promise<void> {
    return this.#rounds.now()
  }

  /**
   * Must be called after a change in a service. If one of its processes is down and no task is working on the
   * service, a round is scheduled.
   */
  changed(serviceId: string): void {
    const { tasks } = this.#deps
    if (!tasks.isUntouched(serviceId, tasks.now())) return
    const instances = this.#deps.instances.monitor.ofService(serviceId)
    if (instances.some(({ state }) => down.has(state))) this.#rounds.soon()
  }

  /** Starts the rounds. */
  start(): void {
    this.#rounds.start()
  }

  /** Ends the rounds. Resolves when the current one has ended, and everything that it was ending. */
  async close(): Promise<void> {
    await this.#rounds.close()
    await Promise.all(this.#ending.values())
  }

  #failed(what: object): (error: unknown) => void {
    return (error) => this.#deps.logger.error({ err: error, ...what }, 'reconcile failed')
  }

  async #once(): Promise<void> {
    const { tasks, instances, temporary } = this.#deps
    await tasks.resume()
    const since = tasks.now()
    // Read before the reports: what ends in between shows in them as if nobody had ended it.
    const ending = [...this.#ending.keys()]
    const [wanted, reports] = await Promise.all([readDesired(this.#deps), instances.runner.reports()])
    this.#endTrials(wanted.instances, since)
    // Read after the reports, so that the instance of every task that appears in them is already in the set. Instances
    // that `service.adjust` will end are left alone: they may still get requests, and it takes them out of the gateway first.
    const held = new Set([...temporary.ids(), ...this.#restarting, ...ending, ...wanted.leftToAdjusting])
    const byId = new Map(wanted.instances.map((instance) => [instance.id, instance]))
    for (const id of this.#restarts.keys()) if (!byId.has(id)) this.#restarts.delete(id)
    const actions = groupBy(plan(wanted.instances, reports, held, this.#restarts), ({ id }) => id)
    const waiting = await this.#lost.waiting(actions, byId)
    const help = (id: string, own: readonly Action[]) => () =>
      this.#help(waiting.has(id) ? own.filter(({ type }) => type !== 'start') : own, byId.get(id), since)
    const starts = [...actions].filter(([id, own]) => {
      if (!own.some(ends)) return true
      this.#endBeside(id, help(id, own))
      return false
    })
    await Promise.all(
      starts.map(([id, own]) => this.#limit(help(id, own)).catch(this.#failed({ instance: id }))),
    )
    await this.#lost.start(
      [...waiting].flatMap((id) => byId.get(id)?.serviceId ?? []),
      since,
    )
    await this.#adjust(wanted.toAdjust, since)
  }

  /** Lets instances serve that do so by their rows: a task that ends their trial may fail before it tells the monitor. */
  #endTrials(wanted: readonly Wanted[], since: number): void {
    const { tasks, instances } = this.#deps
    for (const { id, serviceId } of wanted)
      if (tasks.isUntouched(serviceId, since)) instances.monitor.endTrial(id)
  }

  /**
   * Ends a process. No round waits for it, because one that does not end takes long, and meanwhile others may need a start. The
   * next rounds leave it alone until then.
   */
  #endBeside(id: string, end: () => Promise<void>): void {
    const ended = this.#endLimit(end)
      .catch(this.#failed({ instance: id }))
      .finally(() => this.#ending.delete(id))
    this.#ending.set(id, ended)
  }

  /**
   * Carries out one instance's actions in order. If one fails, the other instances are not affected, and the
   * next round tries again.
   */
  async #help(actions: readonly Action[], instance: Wanted | undefined, since: number): Promise<void> {
    for (const action of actions) {
      // Checked now and not earlier: a task that began in the meantime works on the same instance.
      if (!this.#deps.tasks.isUntouched(serviceOfInstance(action.id), since)) return
      // It may have waited behind ends that take long, and a run may have leased this id meanwhile.
      if ([...this.#deps.temporary.ids()].includes(action.id)) return
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

  /** Runs in the service's turn, so no task works on it at the same time. The round does not wait for it. */
  #restart(id: string, inARow: number): void {
    const live = this.#deps.instances.monitor.get(id)
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
    for (const serviceId of planAdjusting(untouched, this.#adjustedAt, room, performance.now())) {
      this.#adjustedAt.set(serviceId, performance.now())
      const task = await tasks.start({
        kind: 'service.adjust',
        serviceId,
        createdBy: platformActor,
        input: { service_id: serviceId },
      })
      this.#adjusting.add(serviceId)
      void tasks.settled(task.id).finally(() => this.#adjusting.delete(serviceId))
    }
  }
}
