import { platformActor } from '../lib/actor.ts'
import type { InstalledDependencies } from '../modules/instances/installed-dependencies.ts'
import type { TaskRunner } from '../modules/tasks/task-runner.ts'
import { planAdjusting, type Action } from './reconcile.ts'

type Deps = {
  tasks: Pick<TaskRunner, 'isUntouched'> & {
    start: (input: Parameters<TaskRunner['start']>[0]) => Promise<unknown>
  }
  dependencies: Pick<InstalledDependencies, 'areLost'>
}

/**
 * Starts services whose dependencies were lost, such as after a restored backup without them. That installs them again, which takes
 * long, so a task does it, and the rounds start such instances no more than those of any task.
 */
export class LostDependencies {
  readonly #deps: Deps
  /** When each service was last started, as `performance.now()` says. */
  readonly #startedAt = new Map<string, number>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** The instances that are to be started and miss what their release needs. */
  async waiting(
    actions: ReadonlyMap<string, readonly Action[]>,
    instances: ReadonlyMap<string, { serviceId: string; release: number }>,
  ): Promise<Set<string>> {
    const starting = [...actions].filter(([, own]) => own.some(({ type }) => type === 'start'))
    const lost = await Promise.all(
      starting.map(async ([id]) => {
        const instance = instances.get(id)
        return instance && (await this.#deps.dependencies.areLost(instance)) ? [id] : []
      }),
    )
    return new Set(lost.flat())
  }

  /** Starts these services, except those that were started a short while ago or that tasks have changed since the moment `since`. */
  async start(serviceIds: readonly string[], since: number): Promise<void> {
    const { tasks } = this.#deps
    const due = [...new Set(serviceIds)].filter((id) => tasks.isUntouched(id, since))
    const now = performance.now()
    for (const serviceId of planAdjusting(due, this.#startedAt, due.length, now)) {
      this.#startedAt.set(serviceId, now)
      await tasks.start({
        kind: 'service.start',
        serviceId,
        createdBy: platformActor,
        input: { service_id: serviceId },
      })
    }
  }
}
