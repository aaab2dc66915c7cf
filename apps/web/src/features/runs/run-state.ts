import type { Output, PredictResponse, Run, RunStatus } from '@vitrine/contract'

/** What is known of a run while it goes on and afterwards. */
export type RunState = {
  id: string
  status: RunStatus
  /** 0–1, null until the algorithm says. */
  progress: number | null
  message: string | null
  /** What has been found so far, by the element's index. */
  outputs: ReadonlyMap<number, Output[]>
  logs: string
  /** The answer of the algorithm; set by its `completed`, before the run itself is stored as finished. */
  result: PredictResponse | null
  /** The run as the platform has it; null until the first `status`. */
  run: Run | null
}

/** Events of `/runs/{id}/events`, by name. */
export type RunEvents = {
  status: Run
  start: { id: string }
  progress: { index?: number | null; progress: number; message?: string | null }
  output: { index: number; outputs: Output[] }
  log: { stream: 'stdout' | 'stderr'; text: string }
  completed: PredictResponse
}
/** One event of a run, or that its stream was opened (again): what happened so far is then told from the start. */
export type RunEvent =
  | { [Name in keyof RunEvents]: { event: Name; data: RunEvents[Name] } }[keyof RunEvents]
  | { event: 'connected' }

/** Whether a run in this state has come to its end. */
export const isFinished = (status: RunStatus): boolean => status !== 'queued' && status !== 'running'

/** A run of which nothing is known but that it was asked for. */
export const newRunState = (id: string): RunState => ({
  id,
  status: 'queued',
  progress: null,
  message: null,
  outputs: new Map(),
  logs: '',
  result: null,
  run: null,
})

/** A run of which nothing is known but what is stored. */
export const storedRunState = (run: Run): RunState =>
  nextRunState(newRunState(run.id), { event: 'status', data: run })

/**
 * The state after an event. Safe against what a stream does in practice: events come again after a reconnect, `completed`
 * and the last `status` come in either order, and nothing that arrives late takes a finished run back to running.
 */
export const nextRunState = (state: RunState, event: RunEvent): RunState => {
  if (event.event === 'status') return withRun(state, event.data)
  if (event.event === 'completed') return withAnswer(state, event.data)
  if (isFinished(state.status)) return state
  switch (event.event) {
    case 'connected':
      return { ...state, logs: '' }
    case 'start':
      return { ...state, status: 'running' }
    case 'progress':
      return {
        ...state,
        status: 'running',
        progress: event.data.progress,
        message: event.data.message ?? state.message,
      }
    case 'output':
      return {
        ...state,
        status: 'running',
        outputs: new Map(state.outputs).set(event.data.index, event.data.outputs),
      }
    case 'log':
      return { ...state, logs: `${state.logs}${asLine(event.data.text)}` }
  }
}

const asLine = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)

const withRun = (state: RunState, run: Run): RunState => {
  if (isFinished(state.status) && !isFinished(run.status)) return state
  return {
    ...state,
    run,
    status: run.status,
    progress: run.progress ?? state.progress,
    message: run.progress_message ?? state.message,
    // The stored log has everything once the run is over; while it goes on, the stream tells it.
    logs: isFinished(run.status) || state.logs === '' ? run.logs : state.logs,
    result: run.result ?? state.result,
  }
}

const withAnswer = (state: RunState, answer: PredictResponse): RunState =>
  isFinished(state.status)
    ? { ...state, result: state.result ?? (state.status === 'cancelled' ? null : answer) }
    : { ...state, status: answer.status, result: answer, logs: answer.logs || state.logs }

/** Seconds that a run took, from its start to its end; null while it goes on or if it never began. */
export const runSeconds = (run: Pick<Run, 'started_at' | 'finished_at'>): number | null =>
  run.started_at === null || run.finished_at === null
    ? null
    : Math.max(0, Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000
