import type { Json, Task } from '@vitrine/contract'
import pLimit from 'p-limit'
import type { Logger } from 'pino'
import type { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { wordsOf, wordsOfError, type Said } from '../../lib/words.ts'
import { internalError } from '../../http/http.errors.ts'
import type { PlatformBus } from '../events/platform-bus.ts'
import { hasEnded, nextTask, type TaskEvent, type TaskRecord } from './task-progress.ts'
import { createServiceTurns } from './service-turns.ts'
import { taskCancelled, taskEnded, taskNotFound } from './tasks.errors.ts'
import type { StoredTask, TasksRepository } from './tasks.repository.ts'

/** What a task's work is given. */
export type TaskContext<Input> = {
  task: TaskRecord
  input: Input
  /** Aborts on cancel and on the control plane's own end. */
  signal: AbortSignal
  /**
   * Keeps what the task has come to so far as its result: readers see it, and a run that is begun anew finds it in
   * `task.result`.
   */
  remember(result: Json): Promise<void>
  /** Runs one step; what it returns as `message` is shown, what it throws fails the task. `report` replaces the message meanwhile. */
  step<T>(
    name: string,
    work: (
      report: (message: Said) => Promise<void>,
    ) => Promise<{ message?: Said; skipped?: boolean; value: T }>,
  ): Promise<T>
}

/** One kind of long work. `run` may be begun anew after a restart, so each of its steps must bear repeating. */
export type TaskKind<Schema extends z.ZodType<Json> = z.ZodType<Json>> = {
  kind: Task['kind']
  steps: readonly string[]
  input: Schema
  /** How many of this kind run at once, in a queue of their own; without it they share that of the others. */
  atOnce?: number
  run(context: TaskContext<z.output<Schema>>): Promise<Json>
  /** Undoes what a failed or cancelled run left; its own failure is logged and told beside the first. */
  undo?(context: { input: z.output<Schema>; error: AppError }): Promise<void>
}

/** Why a running task is aborted. */
class Abort extends Error {
  constructor(readonly why: 'cancelled' | 'shutdown') {
    super(why)
  }
}

/** Whether a task is aborted because the control plane ends: the next one begins it anew. */
export const endsWithPlatform = (signal: AbortSignal): boolean =>
  signal.aborted && signal.reason instanceof Abort && signal.reason.why === 'shutdown'

type Deps = {
  repository: TasksRepository
  bus: PlatformBus
  clock: Clock
  logger: Logger
  kinds: readonly TaskKind[]
  /** How many tasks run at once. */
  concurrency: number
}

type Running = { controller: AbortController; done: Promise<void> }

/** Starts, follows, cancels and, after a restart, resumes long work. Tasks of one service run one after the other. */
export type TaskRunner = ReturnType<typeof createTaskRunner>

export function createTaskRunner(deps: Deps) {
  const limit = pLimit(deps.concurrency)
  const running = new Map<string, Running>()
  const turns = createServiceTurns()
  const kinds = new Map(deps.kinds.map((kind) => [kind.kind, kind]))

  const ownLimits = new Map(
    deps.kinds.flatMap(({ kind, atOnce }) => (atOnce === undefined ? [] : [[kind, pLimit(atOnce)] as const])),
  )
  const kindOf = (name: Task['kind']): TaskKind => {
    const kind = kinds.get(name)
    if (!kind) throw new Error(`no task kind ${name}`)
    return kind
  }

  function enqueue(stored: StoredTask): void {
    const { id, service_id: serviceId, kind } = stored.task
    if (running.has(id)) return
    const controller = new AbortController()
    const { signal } = controller
    let begun: Promise<void> | null = null
    const begin = () => {
      begun ??= carryOut(stored, signal).catch((error: unknown) =>
        // Its row could not be written and stays unfinished: the next `resume` begins it anew.
        deps.logger.error({ err: error, task: id }, 'recording a task failed'),
      )
      return begun
    }
    const turn = turns.after(serviceId).then(() => (ownLimits.get(kind) ?? limit)(begin))
    // One that is cancelled while it waits ends at once, not when its turn comes.
    const cancelled = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(begin()), { once: true }),
    )
    const done = Promise.race([turn, cancelled]).finally(() => {
      running.delete(id)
      turns.touch(serviceId)
    })
    running.set(id, { controller, done })
    if (serviceId === null) turns.touch(null)
    else turns.take(serviceId, turn)
  }

  async function carryOut(stored: StoredTask, signal: AbortSignal): Promise<void> {
    let { task } = stored
    const apply = async (event: TaskEvent) => {
      task = nextTask(task, event, deps.clock().toISOString())
      await deps.repository.save(task)
      deps.bus.publish({ type: 'task', data: task, createdById: stored.createdById })
    }
    const isShutdown = () => endsWithPlatform(signal)
    const kind = kindOf(task.kind)
    const step: TaskContext<unknown>['step'] = async (name, work) => {
      signal.throwIfAborted()
      await apply({ type: 'step_started', step: name })
      try {
        const { message, skipped, value } = await work((text) =>
          apply({ type: 'step_message', step: name, message: wordsOf(text) }),
        )
        await apply({
          type: 'step_ended',
          step: name,
          state: skipped ? 'skipped' : 'succeeded',
          message: message === undefined ? null : wordsOf(message),
        })
        return value
      } catch (error) {
        const state = signal.aborted ? 'cancelled' : 'failed'
        if (!isShutdown())
          await apply({
            type: 'step_ended',
            step: name,
            state,
            message: wordsOfError(asAppError(error, signal)),
          })
        throw error
      }
    }
    let input: Json = null
    try {
      // Before anything can end it, for undoing needs the input too.
      input = kind.input.parse(stored.input)
      signal.throwIfAborted()
      await apply({ type: 'started' })
      const remember = (soFar: Json) => apply({ type: 'came_so_far', result: soFar })
      const result = await kind.run({ task, input, signal, step, remember })
      await apply({ type: 'succeeded', result })
    } catch (error) {
      // The row stays as it is: the next control plane begins this task anew.
      if (isShutdown()) return
      await endWithError(kind, input, asAppError(error, signal), signal.aborted, apply, error)
    }
  }

  async function endWithError(
    kind: TaskKind,
    input: Json,
    error: AppError,
    cancelled: boolean,
    apply: (event: TaskEvent) => Promise<void>,
    original: unknown,
  ): Promise<void> {
    if (error.status >= 500) deps.logger.error({ err: original, kind: kind.kind }, 'task failed')
    const facts: NonNullable<TaskRecord['error']> = {
      code: error.code,
      message: wordsOfError(error),
      details: error.details,
    }
    try {
      await kind.undo?.({ input, error })
    } catch (undoError) {
      deps.logger.error({ err: undoError, kind: kind.kind }, 'undoing a task failed')
      facts.details = {
        ...facts.details,
        undo_failed: undoError instanceof Error ? undoError.message : String(undoError),
      }
    }
    await apply({ type: cancelled ? 'cancelled' : 'failed', error: facts })
  }

  return {
    /** Stores a task and begins it as soon as its turn comes. */
    async start(input: {
      kind: Task['kind']
      serviceId: string | null
      input: Json
      createdBy: { id: string; name: string }
    }): Promise<TaskRecord> {
      const stored = await deps.repository.insert({ ...input, steps: kindOf(input.kind).steps })
      deps.bus.publish({ type: 'task', data: stored.task, createdById: stored.createdById })
      enqueue(stored)
      return stored.task
    },
    inTurn: turns.inTurn,
    /** Asks a task to end; it is `cancelled` once what it left is undone. */
    async cancel(id: string): Promise<TaskRecord> {
      const stored = await deps.repository.get(id)
      if (!stored) throw taskNotFound({ task_id: id })
      const active = running.get(id)
      if (hasEnded(stored.task) || !active) throw taskEnded({ task_id: id, state: stored.task.state })
      active.controller.abort(new Abort('cancelled'))
      return stored.task
    },
    /** Begins again what is unfinished and runs nowhere: an ended control plane left it, or the database was away at its end. */
    async resume(): Promise<number> {
      const unfinished = await deps.repository.unfinished()
      const orphans = unfinished.filter(({ task }) => !running.has(task.id))
      for (const { task } of orphans) {
        // Read again: it may have ended since, and nobody but us runs it.
        const stored = await deps.repository.get(task.id)
        if (stored && !hasEnded(stored.task)) enqueue(stored)
      }
      return orphans.length
    },
    now: turns.now,
    isUntouched: turns.isUntouched,
    /** Resolves when a task that runs here has ended; at once for others. */
    async settled(id: string): Promise<void> {
      await running.get(id)?.done
    },
    /** Lets go of running tasks, leaving them to the next control plane. */
    async close(): Promise<void> {
      const all = [...running.values()]
      for (const { controller } of all) controller.abort(new Abort('shutdown'))
      await Promise.all(all.map(({ done }) => done))
    },
  }
}

function asAppError(error: unknown, signal: AbortSignal): AppError {
  if (signal.aborted) return taskCancelled({})
  return error instanceof AppError ? error : internalError({}, error)
}
