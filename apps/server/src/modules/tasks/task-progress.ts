import type { Task, TaskStep } from '@vitrine/contract'

/** What happens to a task; {@link nextTask} says what it then is. */
export type TaskEvent =
  | { type: 'started' }
  | { type: 'step_started'; step: string }
  | { type: 'step_message'; step: string; message: string }
  | {
      type: 'step_ended'
      step: string
      state: 'succeeded' | 'failed' | 'cancelled' | 'skipped'
      message: string | null
    }
  | { type: 'succeeded'; result: Task['result'] }
  | { type: 'failed'; error: NonNullable<Task['error']> }
  | { type: 'cancelled'; error: NonNullable<Task['error']> }

const withStep = (task: Task, name: string, change: Partial<TaskStep>): Task => ({
  ...task,
  steps: task.steps.map((step) => (step.name === name ? { ...step, ...change } : step)),
})

/** The task after an event. Pure; a started task begins anew, as it does after a restart of the control plane. */
export function nextTask(task: Task, event: TaskEvent, now: string): Task {
  switch (event.type) {
    case 'started': {
      const steps = task.steps.map((step) => ({
        ...step,
        state: 'queued' as const,
        started_at: null,
        finished_at: null,
        message: null,
      }))
      return { ...task, state: 'running', started_at: task.started_at ?? now, steps }
    }
    case 'step_started':
      return withStep(task, event.step, { state: 'running', started_at: now })
    case 'step_message':
      return withStep(task, event.step, { message: event.message })
    case 'step_ended':
      return withStep(task, event.step, {
        state: event.state,
        finished_at: now,
        ...(event.message !== null && { message: event.message }),
      })
    case 'succeeded':
      return { ...task, state: 'succeeded', finished_at: now, result: event.result }
    case 'failed':
    case 'cancelled':
      return { ...task, state: event.type, finished_at: now, error: event.error }
  }
}

/** Whether a task has come to its one end. */
export const hasEnded = (task: Task): boolean => task.state !== 'queued' && task.state !== 'running'
