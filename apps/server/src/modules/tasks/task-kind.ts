import type { Json, StepName, StepOf, TaskKindName } from '@vitrine/contract'
import type { z } from 'zod'
import type { Said } from '../../lib/words.ts'
import type { TaskFailure, TaskRecord } from './task-progress.ts'

/** What a task's work is given; `Step` are the steps that it may run. */
export type TaskContext<Input, Step extends StepName = never> = {
  task: TaskRecord
  input: Input
  /** Aborts on cancel and on the control plane's own end. */
  signal: AbortSignal
  /**
   * Keeps what the task has come to so far as its result: readers see it, and a run that is begun anew finds it in
   * `task.result`.
   */
  remember: (result: Json) => Promise<void>
  /** Runs one step; what it returns as `message` is shown, what it throws fails the task. `report` replaces the message meanwhile. */
  step: <T>(
    name: Step,
    work: (
      report: (message: Said) => Promise<void>,
    ) => Promise<{ message?: Said; skipped?: boolean; value: T }>,
  ) => Promise<T>
}

/** One kind of long work. `run` may be begun anew after a restart, so each of its steps (`taskSteps`) must bear repeating. */
export type TaskKind<
  Schema extends z.ZodType<Json> = z.ZodType<Json>,
  Kind extends TaskKindName = TaskKindName,
> = {
  kind: Kind
  input: Schema
  /** How many of this kind run at once, in a queue of their own; without it they share that of the others. */
  atOnce?: number
  run(context: TaskContext<z.output<Schema>, StepOf<Kind>>): Promise<Json>
  /**
   * Undoes what a failed or cancelled run left; its own failure is logged and told beside the first. A control plane that ends meanwhile leaves
   * it to the next one, so it must bear repeating.
   */
  undo?(context: { input: z.output<Schema>; error: TaskFailure }): Promise<void>
}

/** Why a running task is aborted. */
export class Abort extends Error {
  constructor(readonly why: 'cancelled' | 'shutdown') {
    super(why)
  }
}

/** Whether a task is aborted because the control plane ends: the next one begins it anew. */
export const endsWithPlatform = (signal: AbortSignal): boolean =>
  signal.aborted && signal.reason instanceof Abort && signal.reason.why === 'shutdown'
