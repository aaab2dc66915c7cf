import { taskSteps, type Json, type Task } from '@vitrine/contract'
import { coalesce } from '../../lib/coalesce.ts'
import { createFairQueue, type FairQueue } from '../../lib/fair-queue.ts'
import { createServiceQueue, type Turn } from './service-queue.ts'
import { TaskAbort, type TaskKind } from './task-kind.ts'
import { hasEnded, type TaskRecord } from './task-progress.ts'
import { runTask, type TaskRunDeps, type TaskStart } from './task-run.ts'
import { taskEnded, taskNotFound } from './tasks.errors.ts'
import type { StoredTask, TasksRepository } from './tasks.repository.ts'

type Deps = TaskRunDeps & {
  repository: TasksRepository
  /** How many tasks run at the same time. */
  concurrency: number
  /** How many of them are of one person. Without it, any number. */
  perPerson?: number
}

type QueueBounds = { atOnce: number; perPerson: number | undefined; reserve?: number | undefined }
const queueOf = ({ atOnce, perPerson = atOnce, reserve = 0 }: QueueBounds): FairQueue =>
  createFairQueue(() => ({ atOnce, perPerson, reserve }))

/** A task that waits or runs here. */
type Running = { controller: AbortController; done: Promise<void> }

/** A task that was stored while tasks are held. `begun` resolves when the task enters the queue. If this control plane ends first, it resolves too, and the next one starts the task. */
type Held = { stored: StoredTask; begun: Promise<void>; begin: () => void }

/**
 * Starts, follows and cancels long work of the added kinds, and resumes it after a restart. Tasks of one
 * service run one after the other, and people take turns. A preemptible task goes on while those behind it only wait, and gives
 * way to the first of them that takes its turn.
 */
export class TaskRunner {
  readonly #deps: Deps
  readonly #kinds = new Map<Task['kind'], TaskKind>()
  /** Kinds with a queue of their own. */
  readonly #ownQueues = new Map<Task['kind'], FairQueue>()
  readonly #queue: FairQueue
  readonly #serviceQueue = createServiceQueue()
  readonly #running = new Map<string, Running>()
  /** The tasks that have begun here since {@link resume} last asked which are unfinished. */
  readonly #begun = new Set<string>()
  /** The tasks that wait for those of an earlier control plane, in their order. Null if tasks are not held. */
  #held: Map<string, Held> | null = null
  #isClosed = false

  constructor(deps: Deps) {
    this.#deps = deps
    this.#queue = queueOf({ atOnce: deps.concurrency, perPerson: deps.perPerson })
  }

  /** Adds kinds of task. They are added after this runner is created, because they may use it. */
  add(...kinds: readonly TaskKind[]): void {
    for (const kind of kinds) {
      this.#kinds.set(kind.kind, kind)
      const { atOnce, perPerson, reserve } = kind
      if (atOnce !== undefined) this.#ownQueues.set(kind.kind, queueOf({ atOnce, perPerson, reserve }))
    }
  }

  /** Stores a task and starts it when its turn comes. */
  async start(input: {
    kind: Task['kind']
    serviceId: string | null
    input: Json
    createdBy: { id: string; name: string }
  }): Promise<TaskRecord> {
    const { repository } = this.#deps
    return this.begin(await repository.insert({ ...input, steps: taskSteps[input.kind] }))
  }

  /** Starts a stored task when its turn comes. While tasks are held, {@link resume} does. */
  begin(stored: StoredTask): TaskRecord {
    const { task, createdById, services } = stored
    this.#deps.bus.publish({ task, createdById, services })
    if (this.#held) this.#keep(this.#held, stored)
    else if (!this.#isClosed) this.#enqueue(stored)
    return stored.task
  }

  /**
   * From now on, tasks are only stored until the next {@link resume}. Called before requests are accepted: what an
   * earlier control plane left must be known before anything changes, and its tasks come first.
   */
  hold(): void {
    this.#held ??= new Map()
  }

  /** Cancels a task. It is `cancelled` once its effects are undone. */
  async cancel(id: string): Promise<TaskRecord> {
    await this.#held?.get(id)?.begun
    const stored = await this.#deps.repository.get(id)
    if (!stored) throw taskNotFound({ task_id: id })
    const active = this.#running.get(id)
    if (hasEnded(stored.task) || !active) throw taskEnded({ task_id: id, state: stored.task.state })
    active.controller.abort(new TaskAbort('cancelled'))
    return stored.task
  }

  /**
   * Starts unfinished tasks again that are not running: an earlier control plane left them, or the database
   * was unreachable at their end. Then starts those that were held. Resolves with how many were left.
   */
  readonly resume = coalesce(async (): Promise<number> => {
    const { repository } = this.#deps
    const isOrphan = ({ task }: StoredTask) => !this.#running.has(task.id)
    this.#begun.clear()
    const orphans = new Set((await repository.unfinished()).filter(isOrphan).map(({ task }) => task.id))
    // A task may have ended between the query and the check above, so the query is repeated. One that a request has stored
    // may have begun only after the check, and have ended since the second answer was made.
    const unfinished = orphans.size === 0 ? [] : await repository.unfinished()
    const left = unfinished.filter(({ task: { id } }) => orphans.has(id) && !this.#begun.has(id))
    if (this.#isClosed) return 0
    const held = this.#held
    this.#held = null
    // From here on nothing waits, so that no task comes between.
    for (const stored of left) this.#enqueue(stored)
    for (const { stored, begin } of held?.values() ?? []) {
      this.#enqueue(stored)
      begin()
    }
    return left.length
  })

  /** Resolves when a task that is held or runs here has ended, and at once for others. */
  async settled(id: string): Promise<void> {
    await this.#held?.get(id)?.begun
    await this.#running.get(id)?.done
  }

  /**
   * Stops following running tasks, and leaves them to the next control plane. The same goes for tasks that are stored
   * from now on, by requests that are still being handled.
   */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const { begin } of this.#held?.values() ?? []) begin()
    this.#held = null
    const all = [...this.#running.values()]
    for (const { controller } of all) controller.abort(new TaskAbort('shutdown'))
    await Promise.all(all.map(({ done }) => done))
  }

  /** Runs work on a service when its turn comes, without a separate task. With `preempts`, preemptible tasks give way to it. */
  inTurn<T>(serviceId: string, work: () => Promise<T>, { preempts = false } = {}): Promise<T> {
    return this.#serviceQueue.inTurn(serviceId, work, { patient: !preempts })
  }

  /** A moment for {@link isUntouched} and {@link isFree}. */
  now(): number {
    return this.#serviceQueue.now()
  }

  /** Whether no work on a service was queued, ran or ended since a moment. */
  isUntouched(serviceId: string, since: number): boolean {
    return this.#serviceQueue.isUntouched(serviceId, since)
  }

  /**
   * Whether a preemptible task of a service would begin at once, and no work on it was queued or ended since a moment. Other than
   * for {@link isUntouched}, tasks may wait that have not taken their turn.
   */
  isFree(serviceId: string, since: number): boolean {
    return this.#serviceQueue.isFree(serviceId, since)
  }

  #keep(held: Map<string, Held>, stored: StoredTask): void {
    let begin = () => {}
    const begun = new Promise<void>((resolve) => (begin = resolve))
    held.set(stored.task.id, { stored, begun, begin })
  }

  #kindOf(name: Task['kind']): TaskKind {
    const kind = this.#kinds.get(name)
    if (!kind) throw new Error(`no task kind ${name}`)
    return kind
  }

  #isPreemptible({ task, input }: StoredTask): boolean {
    const kind = this.#kinds.get(task.kind)
    const parsed = kind?.preemptible && kind.input.safeParse(input)
    return parsed?.success === true && kind?.preemptible?.(parsed.data) === true
  }

  #personOf({ task, input, createdById }: StoredTask): string {
    const kind = this.#kinds.get(task.kind)
    const parsed = kind?.personOf && kind.input.safeParse(input)
    return (parsed?.success === true ? kind?.personOf?.(parsed.data) : null) ?? createdById
  }

  #enterService(stored: StoredTask, controller: AbortController): Turn {
    const { service_id: serviceId } = stored.task
    if (!this.#isPreemptible(stored)) return this.#serviceQueue.enter(serviceId)
    return this.#serviceQueue.enterPreemptible(serviceId, () => controller.abort(new TaskAbort('preempted')))
  }

  #enqueue(stored: StoredTask): void {
    const { id, kind } = stored.task
    if (this.#running.has(id)) return
    this.#begun.add(id)
    const controller = new AbortController()
    const { signal } = controller
    const turn = this.#enterService(stored, controller)
    const begin = this.#once(stored, { signal, takeTurn: turn.take })
    const queue = this.#ownQueues.get(kind) ?? this.#queue
    const inTurn = async () => {
      await turn.earlier
      // A task that is cancelled in the queue leaves it, and `begin` has already been called.
      const endPlace = await queue.enter(this.#personOf(stored), signal).catch(() => () => {})
      // Only now: while it waited for its place, a preemptible task did no harm.
      if (!this.#kinds.get(kind)?.takesTurnLater && !signal.aborted) await turn.take()
      await begin().finally(endPlace)
    }
    // A task that is cancelled while it is queued ends at once, unless undoing it must wait for its turn.
    const cancelled = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(begin()), { once: true }),
    )
    const worked = inTurn().finally(turn.end)
    const done = Promise.race([worked, cancelled]).finally(() => this.#running.delete(id))
    this.#running.set(id, { controller, done })
  }

  /** A function that runs a task. The first call starts it, and all calls resolve at its end. */
  #once(stored: StoredTask, given: TaskStart): () => Promise<void> {
    let begun: Promise<void> | null = null
    const carryOut = async () => runTask(this.#deps, this.#kindOf(stored.task.kind), stored, given)
    return () => {
      begun ??= carryOut().catch((error: unknown) =>
        // Its row could not be written and stays unfinished. The next `resume` starts the task again.
        this.#deps.logger.error({ err: error, task: stored.task.id }, 'recording a task failed'),
      )
      return begun
    }
  }
}

/** Creates a task runner with the kinds of task that do not use the runner themselves. */
export function createTaskRunner(deps: Deps, ...kinds: readonly TaskKind[]): TaskRunner {
  const runner = new TaskRunner(deps)
  runner.add(...kinds)
  return runner
}
