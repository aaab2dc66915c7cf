import { taskSteps, type Json, type Task } from '@vitrine/contract'
import pLimit, { type LimitFunction } from 'p-limit'
import { createServiceTurns } from './service-turns.ts'
import { Abort, type TaskKind } from './task-kind.ts'
import { hasEnded, type TaskRecord } from './task-progress.ts'
import { runTask, type TaskRunDeps } from './task-run.ts'
import { taskEnded, taskNotFound } from './tasks.errors.ts'
import type { StoredTask, TasksRepository } from './tasks.repository.ts'

type Deps = TaskRunDeps & {
  repository: TasksRepository
  /** How many tasks run at once. */
  concurrency: number
}

type Running = { controller: AbortController; done: Promise<void> }

/**
 * Starts, follows, cancels and, after a restart, resumes long work of the kinds that were added. Tasks of one service run one after the other.
 */
export class TaskRunner {
  readonly #deps: Deps
  readonly #kinds = new Map<Task['kind'], TaskKind>()
  /** Those that run no more than some at once, each with its own limit. */
  readonly #ownLimits = new Map<Task['kind'], LimitFunction>()
  readonly #limit: LimitFunction
  readonly #turns = createServiceTurns()
  readonly #running = new Map<string, Running>()

  constructor(deps: Deps) {
    this.#deps = deps
    this.#limit = pLimit(deps.concurrency)
  }

  /** Adds kinds of task. What they are made with may use this runner, so they come after it. */
  add(...kinds: readonly TaskKind[]): void {
    for (const kind of kinds) {
      this.#kinds.set(kind.kind, kind)
      if (kind.atOnce !== undefined) this.#ownLimits.set(kind.kind, pLimit(kind.atOnce))
    }
  }

  /** Stores a task and begins it as soon as its turn comes. */
  async start(input: {
    kind: Task['kind']
    serviceId: string | null
    input: Json
    createdBy: { id: string; name: string }
  }): Promise<TaskRecord> {
    const { repository } = this.#deps
    return this.begin(await repository.insert({ ...input, steps: taskSteps[input.kind] }))
  }

  /** Begins a task that is stored already as soon as its turn comes. */
  begin(stored: StoredTask): TaskRecord {
    this.#deps.bus.publish({ task: stored.task, createdById: stored.createdById })
    this.#enqueue(stored)
    return stored.task
  }

  /** Asks a task to end; it is `cancelled` once what it left is undone. */
  async cancel(id: string): Promise<TaskRecord> {
    const stored = await this.#deps.repository.get(id)
    if (!stored) throw taskNotFound({ task_id: id })
    const active = this.#running.get(id)
    if (hasEnded(stored.task) || !active) throw taskEnded({ task_id: id, state: stored.task.state })
    active.controller.abort(new Abort('cancelled'))
    return stored.task
  }

  /** Begins again what is unfinished and runs nowhere: an ended control plane left it, or the database was away at its end. */
  async resume(): Promise<number> {
    const { repository } = this.#deps
    const unfinished = await repository.unfinished()
    const orphans = unfinished.filter(({ task }) => !this.#running.has(task.id))
    for (const { task } of orphans) {
      // Read again: it may have ended since, and nobody but us runs it.
      const stored = await repository.get(task.id)
      if (stored && !hasEnded(stored.task)) this.#enqueue(stored)
    }
    return orphans.length
  }

  /** Resolves when a task that runs here has ended; at once for others. */
  async settled(id: string): Promise<void> {
    await this.#running.get(id)?.done
  }

  /** Lets go of running tasks, leaving them to the next control plane. */
  async close(): Promise<void> {
    const all = [...this.#running.values()]
    for (const { controller } of all) controller.abort(new Abort('shutdown'))
    await Promise.all(all.map(({ done }) => done))
  }

  /** Works on a service when its turn comes, without a task of its own. */
  inTurn<T>(serviceId: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.inTurn(serviceId, work)
  }

  /** A moment to ask {@link isUntouched} about. */
  now(): number {
    return this.#turns.now()
  }

  /** Whether nobody has worked on a service since a moment, or waits to. */
  isUntouched(serviceId: string, since: number): boolean {
    return this.#turns.isUntouched(serviceId, since)
  }

  #kindOf(name: Task['kind']): TaskKind {
    const kind = this.#kinds.get(name)
    if (!kind) throw new Error(`no task kind ${name}`)
    return kind
  }

  #enqueue(stored: StoredTask): void {
    const { id, service_id: serviceId, kind } = stored.task
    if (this.#running.has(id)) return
    const controller = new AbortController()
    const { signal } = controller
    const begin = this.#once(stored, signal)
    const turn = this.#turns.after(serviceId).then(() => (this.#ownLimits.get(kind) ?? this.#limit)(begin))
    // One that is cancelled while it waits ends at once, not when its turn comes.
    const cancelled = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(begin()), { once: true }),
    )
    const done = Promise.race([turn, cancelled]).finally(() => {
      this.#running.delete(id)
      this.#turns.touch(serviceId)
    })
    this.#running.set(id, { controller, done })
    if (serviceId === null) this.#turns.touch(null)
    else this.#turns.take(serviceId, turn)
  }

  /** What carries a task out: the first call begins it, and all of them resolve at its end. */
  #once(stored: StoredTask, signal: AbortSignal): () => Promise<void> {
    let begun: Promise<void> | null = null
    const carryOut = async () => runTask(this.#deps, this.#kindOf(stored.task.kind), stored, signal)
    return () => {
      begun ??= carryOut().catch((error: unknown) =>
        // Its row could not be written and stays unfinished: the next `resume` begins it anew.
        this.#deps.logger.error({ err: error, task: stored.task.id }, 'recording a task failed'),
      )
      return begun
    }
  }
}

/** Makes one, with the kinds of task that do not use it themselves. */
export function createTaskRunner(deps: Deps, ...kinds: readonly TaskKind[]): TaskRunner {
  const runner = new TaskRunner(deps)
  runner.add(...kinds)
  return runner
}
