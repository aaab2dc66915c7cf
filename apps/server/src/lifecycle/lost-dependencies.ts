import { platformActor } from '../lib/actor.ts'
import type { InstalledDependencies } from '../modules/instances/installed-dependencies.ts'
import type { TaskRunner } from '../modules/tasks/task-runner.ts'
import type { Action } from './reconcile.ts'

type Deps = {
  tasks: Pick<TaskRunner, 'isUntouched'> & {
    start: (input: Parameters<TaskRunner['start']>[0]) => Promise<unknown>
  }
  dependencies: Pick<InstalledDependencies, 'areLost'>
  /** The monotonic time in milliseconds. */
  now?: () => number
}

/** The pause after a start. It doubles each time, because what prevented an installation may last, such as a network that is down. */
const pauses = { firstMs: 5 * 60_000, longestMs: 60 * 60_000 }

/**
 * Starts services whose dependencies were lost, such as after a restored backup without them. That installs them again, which takes
 * long, so a task does it, and the rounds start such instances no more than those of any task.
 */
export class LostDependencies {
  readonly #deps: Deps
  /** When each service may be started again, and the pause after that. */
  readonly #next = new Map<string, { at: number; pauseMs: number }>()

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
    const { tasks, now: clock = () => performance.now() } = this.#deps
    const now = clock()
    for (const serviceId of new Set(serviceIds)) {
      const { at, pauseMs } = this.#next.get(serviceId) ?? { at: now, pauseMs: pauses.firstMs }
      if (now < at || !tasks.isUntouched(serviceId, since)) continue
      const next = { at: now + pauseMs, pauseMs: Math.min(2 * pauseMs, pauses.longestMs) }
      this.#next.set(serviceId, next)
      await tasks.start({
        kind: 'service.start',
        serviceId,
        createdBy: platformActor,
        input: { service_id: serviceId },
      })
    }
  }
}
