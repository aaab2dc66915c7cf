import type { StepName, Task, TaskStep } from '@vitrine/contract'
import { detailsFor, sentenceFor, valueFor, type Audience } from '../../lib/disclosure.ts'
import { localisedDetails, localised, type Words } from '../../lib/words.ts'

type StepRecord = Omit<TaskStep, 'message'> & { message: Words | null }
/** Why a task failed, in every language. */
export type TaskFailure = Omit<NonNullable<Task['error']>, 'message'> & { message: Words }

/** A task as it is stored. Its sentences are in every language. */
export type TaskRecord = Omit<Task, 'steps' | 'error'> & { steps: StepRecord[]; error: TaskFailure | null }

/** A task has changed. `createdById` is the user who started it, and `services` are those that it concerns. */
export type TaskChanged = { task: TaskRecord; createdById: string; services: readonly string[] }

/** Messages of steps quote commands and their output. Messages of media tasks concern only the person's own file. */
const maySeeSteps = ({ kind }: Pick<TaskRecord, 'kind'>, audience: Audience): boolean =>
  audience.mayReadLogs || kind === 'asset.process'

/** Why a task failed. Null while its effects are still being undone. */
const shownError = (record: TaskRecord, audience: Audience): Task['error'] =>
  record.error === null || !hasEnded(record)
    ? null
    : {
        ...record.error,
        message: sentenceFor(record.error, audience),
        details: localisedDetails(detailsFor(record.error, audience), audience.language),
      }

const stepMessage = ({ message, percent }: StepRecord, language: Audience['language']): string | null =>
  message?.[language] ?? (percent === undefined ? null : `${percent}%`)

/** A task in the form for one reader. */
export const taskIn = (record: TaskRecord, audience: Audience): Task => {
  const { language } = audience
  return {
    ...record,
    steps: record.steps.map((step) => ({
      ...step,
      message: maySeeSteps(record, audience) ? stepMessage(step, language) : null,
    })),
    result: localised(valueFor(record.result, audience), language),
    error: shownError(record, audience),
  }
}

/** An event of a task. {@link nextTask} gives the task after it. */
export type TaskEvent =
  | { type: 'started' }
  | { type: 'step_started'; step: StepName }
  | { type: 'step_message'; step: StepName; message: Words }
  | { type: 'step_percent'; step: StepName; percent: number }
  | {
      type: 'step_ended'
      step: StepName
      state: 'succeeded' | 'failed' | 'cancelled' | 'skipped'
      message: Words | null
    }
  | { type: 'came_so_far'; result: TaskRecord['result'] }
  | { type: 'succeeded'; result: TaskRecord['result'] }
  /** The work has failed, and its effects are undone before the task ends. */
  | { type: 'undoing'; error: TaskFailure }
  | { type: 'failed'; error: TaskFailure }
  | { type: 'cancelled'; error: TaskFailure }

const withStep = (task: TaskRecord, name: StepName, change: Partial<StepRecord>): TaskRecord => ({
  ...task,
  steps: task.steps.map((step) => (step.name === name ? { ...step, ...change } : step)),
})

/**
 * The task after an event. Pure. A started task begins again from its first step, as after a restart of the
 * control plane.
 */
export function nextTask(task: TaskRecord, event: TaskEvent, now: string): TaskRecord {
  switch (event.type) {
    case 'started': {
      const steps = task.steps.map((step) => ({
        ...step,
        state: 'queued' as const,
        started_at: null,
        finished_at: null,
        message: null,
        percent: undefined,
      }))
      return { ...task, state: 'running', started_at: task.started_at ?? now, steps }
    }
    case 'step_started':
      return withStep(task, event.step, { state: 'running', started_at: now })
    case 'step_message':
      return withStep(task, event.step, { message: event.message })
    case 'step_percent':
      return withStep(task, event.step, { percent: event.percent })
    case 'step_ended':
      return withStep(task, event.step, {
        state: event.state,
        percent: undefined,
        finished_at: now,
        ...(event.message !== null && { message: event.message }),
      })
    case 'came_so_far':
      return { ...task, result: event.result }
    case 'undoing':
      // Storing its success may have failed: it has not ended, because its effects are undone.
      return { ...task, ...(hasEnded(task) && { state: 'running', finished_at: null }), error: event.error }
    case 'succeeded':
      return { ...task, state: 'succeeded', finished_at: now, result: event.result }
    case 'failed':
    case 'cancelled': {
      // What the task did not come to waits for nothing any more.
      const steps = task.steps.map((step) =>
        step.state === 'queued' ? { ...step, state: 'skipped' as const } : step,
      )
      return { ...task, state: event.type, finished_at: now, error: event.error, steps }
    }
  }
}

/** Whether a task has ended. */
export const hasEnded = (task: TaskRecord): boolean => task.state !== 'queued' && task.state !== 'running'
