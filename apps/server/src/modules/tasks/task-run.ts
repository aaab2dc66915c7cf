import type { Json, StepName } from '@vitrine/contract'
import type { Logger } from 'pino'
import { databaseUnavailable } from '../../adapters/database/database.errors.ts'
import { isDatabaseAway, isUnreachable } from '../../adapters/database/database.ts'
import { unforeseen } from '../../lib/internal.errors.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { wordsOf, wordsOfError } from '../../lib/words.ts'
import type { Bus } from '../../lib/bus.ts'
import { isPreempted, isShuttingDown, type TaskContext, type TaskKind } from './task-kind.ts'
import {
  nextTask,
  type TaskChanged,
  type TaskEvent,
  type TaskFailure,
  type TaskRecord,
} from './task-progress.ts'
import { taskCancelled, taskPreempted } from './tasks.errors.ts'
import type { StoredTask, TasksRepository } from './tasks.repository.ts'

/** What running a task needs. */
export type TaskRunDeps = {
  repository: Pick<TasksRepository, 'save'>
  bus: Bus<TaskChanged>
  clock: Clock
  logger: Logger
}

/** `signal` aborts the task. `takeTurn` resolves when the earlier work on its service has ended, and preemptible work has given way. */
export type TaskStart = { signal: AbortSignal; takeTurn: () => Promise<void> }

/** The errors of tasks that end as cancelled. All others are failures. */
const cancellations: ReadonlySet<string> = new Set(['task.cancelled', 'task.preempted'])

/** Runs one task once: from its row to exactly one end, or to no end if the control plane stops first. */
class TaskRun {
  readonly #deps: TaskRunDeps
  readonly #kind: TaskKind
  readonly #stored: StoredTask
  readonly #signal: AbortSignal
  readonly #takeTurn: () => Promise<void>
  #task: TaskRecord
  /** The newest state that is stored, and the work that stores one. */
  #saved: TaskRecord | null = null
  #saving: Promise<void> = Promise.resolve()

  constructor(deps: TaskRunDeps, kind: TaskKind, stored: StoredTask, given: TaskStart) {
    this.#deps = deps
    this.#kind = kind
    this.#stored = stored
    this.#signal = given.signal
    this.#takeTurn = given.takeTurn
    this.#task = stored.task
  }

  async carryOut(): Promise<void> {
    const failure = this.#task.error
    // An earlier control plane was undoing its effects.
    if (failure) return this.#undo(this.#kind.input.parse(this.#stored.input), failure)
    let input: Json = null
    try {
      // Parsed before anything can fail, because undoing needs the input too.
      input = this.#kind.input.parse(this.#stored.input)
      this.#signal.throwIfAborted()
      await this.#apply({ type: 'started' })
      // It may have been cancelled meanwhile.
      this.#signal.throwIfAborted()
      const result = await this.#kind.run({
        task: this.#task,
        input,
        signal: this.#signal,
        step: this.#step,
        takeTurn: async () => {
          await this.#takeTurn()
          this.#signal.throwIfAborted()
        },
        remember: (soFar) => this.#apply({ type: 'came_so_far', result: soFar }),
      })
      await this.#apply({ type: 'succeeded', result })
    } catch (error) {
      // The row stays as it is, and the next control plane starts this task again.
      if (!isShuttingDown(this.#signal)) await this.#endWithError(input, error)
    }
  }

  /**
   * Changes the task. Resolves when the change is stored. One state is stored after the other, so that an older one is never stored
   * last; a state that a newer one has replaced meanwhile is stored with that one.
   */
  #apply(event: TaskEvent): Promise<void> {
    this.#task = nextTask(this.#task, event, this.#deps.clock().toISOString())
    const stored = this.#saving.then(() => this.#save())
    this.#saving = stored.catch(() => undefined)
    return stored
  }

  async #save(): Promise<void> {
    const task = this.#task
    if (this.#saved === task) return
    await this.#deps.repository.save(task)
    this.#saved = task
    const { createdById, services } = this.#stored
    this.#deps.bus.publish({ task, createdById, services })
  }

  readonly #step: TaskContext<unknown, StepName>['step'] = async (name, work) => {
    this.#signal.throwIfAborted()
    await this.#apply({ type: 'step_started', step: name })
    try {
      const { message, skipped, value } = await work((progress) =>
        this.#apply(
          typeof progress === 'object' && 'percent' in progress
            ? { type: 'step_percent', step: name, percent: progress.percent }
            : { type: 'step_message', step: name, message: wordsOf(progress) },
        ),
      )
      await this.#apply({
        type: 'step_ended',
        step: name,
        state: skipped ? 'skipped' : 'succeeded',
        message: message === undefined ? null : wordsOf(message),
      })
      return value
    } catch (error) {
      const state = this.#signal.aborted ? 'cancelled' : 'failed'
      const message = wordsOfError(this.#asAppError(error))
      if (!isShuttingDown(this.#signal))
        await this.#apply({ type: 'step_ended', step: name, state, message }).catch(
          // The task's end is stored next, with the step's error as its reason.
          (storing: unknown) =>
            this.#deps.logger.error({ err: storing, step: name }, 'storing a step failed'),
        )
      throw error
    }
  }

  async #endWithError(input: Json, original: unknown): Promise<void> {
    const error = this.#asAppError(original)
    const { code, status, details } = error
    if (status >= 500) this.#deps.logger.error({ err: original, kind: this.#kind.kind }, 'task failed')
    await this.#undo(input, { code, message: wordsOfError(error), details }).catch((storing: unknown) => {
      // The row may keep nothing of this failure, so the log must.
      this.#deps.logger.error({ err: original, kind: this.#kind.kind }, 'the end of a task was not stored')
      throw storing
    })
  }

  /**
   * Undoes the effects of the task and then ends it. The reason for the failure is stored first: if the
   * control plane is killed in between, the next one must continue undoing, and not start work again that has
   * failed or was cancelled.
   */
  async #undo(input: Json, error: TaskFailure): Promise<void> {
    const { logger } = this.#deps
    const { kind } = this.#kind
    let { details } = error
    if (this.#kind.undo) await this.#apply({ type: 'undoing', error })
    if (this.#kind.undoesInTurn) await this.#takeTurn()
    try {
      await this.#kind.undo?.({ input, error, hasStarted: this.#task.started_at !== null })
    } catch (undoError) {
      // Nothing has undone it yet. The row stays as it is, and the next `resume` continues.
      if (isUnreachable(undoError)) throw undoError
      logger.error({ err: undoError, kind }, 'undoing a task failed')
      details = {
        ...details,
        undo_failed: undoError instanceof Error ? undoError.message : String(undoError),
      }
    }
    const type = cancellations.has(error.code) ? 'cancelled' : 'failed'
    await this.#apply({ type, error: { ...error, details } })
  }

  #asAppError(error: unknown): AppError {
    const known = error instanceof AppError ? error : null
    if (isPreempted(this.#signal)) return taskPreempted({})
    // One that says itself that it was cancelled may add what it leaves behind.
    if (this.#signal.aborted) return known?.code === 'task.cancelled' ? known : taskCancelled({})
    if (known) return known
    return isDatabaseAway(error) ? databaseUnavailable({}, error) : unforeseen(error)
  }
}

/** Runs a task. Rejects only if its row cannot be written. */
export const runTask = (
  deps: TaskRunDeps,
  kind: TaskKind,
  stored: StoredTask,
  given: TaskStart,
): Promise<void> => new TaskRun(deps, kind, stored, given).carryOut()
