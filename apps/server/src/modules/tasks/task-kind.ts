import type { Json, StepName, StepOf, TaskKindName } from '@vitrine/contract'
import type { z } from 'zod'
import type { LocalisedText } from '../../lib/words.ts'
import type { TaskFailure, TaskRecord } from './task-progress.ts'

/** How much of a step is done, as a whole number of percent. */
export type Percent = { percent: number }

/** What a task's work gets. `Step` are the steps that it may run. */
export type TaskContext<Input, Step extends StepName = never> = {
  task: TaskRecord
  input: Input
  /** Aborts when the task is cancelled or the control plane stops. */
  signal: AbortSignal
  /** Stores the result so far. Readers see it, and a run that starts again finds it in `task.result`. */
  remember: (result: Json) => Promise<void>
  /**
   * For kinds with `takesTurnLater`: resolves when preemptible tasks of the service have given way. From then on, none begins
   * before this task ends. For other kinds, that was done before `run`.
   */
  takeTurn: () => Promise<void>
  /**
   * Runs one step. The returned `message` is shown, and an error fails the task. `report` replaces the
   * message while the step runs, or says how much of it is done.
   */
  step: <T>(
    name: Step,
    work: (
      report: (progress: LocalisedText | Percent) => Promise<void>,
    ) => Promise<{ message?: LocalisedText; skipped?: boolean; value: T }>,
  ) => Promise<T>
}

/**
 * One kind of long work. After a restart `run` may start again, so each of its steps (`taskSteps`) must be
 * safe to repeat.
 */
export type TaskKind<
  Schema extends z.ZodType<Json> = z.ZodType<Json>,
  Kind extends TaskKindName = TaskKindName,
> = {
  kind: Kind
  input: Schema
  /**
   * How many tasks of this kind run at the same time, in a separate queue. Without it they share the common
   * queue.
   */
  atOnce?: number
  /** How many of them are of one person. Only with `atOnce`; without it, any number. */
  perPerson?: number
  /** How many more may run, of people who have none under way: where tasks may take days. Only with `atOnce`. */
  reserve?: number
  /** For whom a task with this input takes its place, if not for the one who started it: see `payerOf`. */
  personOf?(input: z.output<Schema>): string | null
  run(context: TaskContext<z.output<Schema>, StepOf<Kind>>): Promise<Json>
  /**
   * Undoes the effects of a failed or cancelled run. If this fails too, the failure is logged and shown with
   * the first one. If the control plane stops during this, the next one does it again, so it must be safe to
   * repeat. A task that is cancelled in the queue did nothing (`hasStarted` is false), and another task of
   * the service may be running, unless `undoesInTurn`.
   */
  undo?(context: { input: z.output<Schema>; error: TaskFailure; hasStarted: boolean }): Promise<void>
  /**
   * `undo` waits for the earlier work on the service, because it writes what that work also writes. A task that is
   * cancelled in the queue then ends when its turn comes.
   */
  undoesInTurn?: true
  /**
   * `run` first only prepares something that nothing else uses, and calls `takeTurn` before it touches what serves. Until then,
   * preemptible tasks of the service go on, and begin, beside it. Its `undo` may run beside them too. Other tasks wait.
   */
  takesTurnLater?: true
  /**
   * Whether a task with this input gives way: it is cancelled when other work on its service takes its turn, unless that work is
   * preemptible too or is an automatic restart. Without it, the later work waits.
   */
  preemptible?(input: z.output<Schema>): boolean
}

/** Why a running task is aborted. */
export class TaskAbort extends Error {
  constructor(readonly why: 'cancelled' | 'preempted' | 'shutdown') {
    super(why)
  }
}

const isAborted = ({ aborted, reason }: AbortSignal, why: TaskAbort['why']): boolean =>
  aborted && reason instanceof TaskAbort && reason.why === why

/** Whether a task is aborted because the control plane stops. The next one starts it again. */
export const isShuttingDown = (signal: AbortSignal): boolean => isAborted(signal, 'shutdown')

/** Whether a task is aborted because later work on its service comes first. */
export const isPreempted = (signal: AbortSignal): boolean => isAborted(signal, 'preempted')
