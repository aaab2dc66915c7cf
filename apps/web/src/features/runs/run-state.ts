import type {
  EndpointEvent,
  EndpointEvents,
  Output,
  PredictResponse,
  Run,
  RunStatus,
} from '@vitrine/contract'

/** The known state of a run, while it is running and afterwards. */
export type RunState = {
  id: string
  status: RunStatus
  /** 0–1. Null until the algorithm reports it. */
  progress: number | null
  message: string | null
  /** The outputs so far, by the index of the element. */
  outputs: ReadonlyMap<number, Output[]>
  logs: string
  /** The answer of the algorithm. Its event `completed` sets this before the run is stored as finished. */
  result: PredictResponse | null
  /** The run as the platform stores it. Null until the first `status`. */
  run: Run | null
}

/** The events of `/runs/{id}/events`, by name. */
export type RunEvents = EndpointEvents<'GET /runs/{id}/events'>
/** One event of a run, or the opening of its stream. After each opening, all events so far are sent again. */
export type RunEvent = EndpointEvent<'GET /runs/{id}/events'> | { event: 'connected' }

/** How a run can have ended. */
export const runEnds = ['succeeded', 'partial', 'failed', 'cancelled'] as const
/** How a run has ended. */
export type RunEnd = (typeof runEnds)[number]

/** Whether a run in this state has ended. */
export const isFinished = (status: RunStatus): boolean => status !== 'queued' && status !== 'running'

/** The state of a run that was only just requested. */
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

/** The state of a stored run. */
export const storedRunState = (run: Run): RunState =>
  nextRunState(newRunState(run.id), { event: 'status', data: run })

/**
 * The state after an event. It tolerates that events are repeated after a reconnect, that `completed` and the
 * last `status` come in either order, and that events arrive late: a finished run never becomes running
 * again.
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
    // After the end the stored log is complete. While the run is running, the stream sends the log.
    logs: isFinished(run.status) || state.logs === '' ? run.logs : state.logs,
    result: run.result ?? state.result,
  }
}

const withAnswer = (state: RunState, answer: PredictResponse): RunState =>
  isFinished(state.status)
    ? { ...state, result: state.result ?? (state.status === 'cancelled' ? null : answer) }
    : { ...state, status: answer.status, result: answer, logs: answer.logs || state.logs }

/** The seconds that the algorithm says it has computed. Null if it does not say so. */
export const computedSeconds = ({ result }: { result?: Run['result'] }): number | null => {
  const seconds = result?.metrics.predict_time
  return typeof seconds === 'number' ? seconds : null
}

/** A run as far as its duration needs it. */
type Timed = Pick<Run, 'started_at' | 'finished_at'> & { result?: Run['result'] }

/**
 * The duration of a run in seconds. Null while it is running, or if it never began. It is at least what the algorithm has
 * computed, because the platform may hear late that it began.
 */
export const runSeconds = (run: Timed): number | null =>
  run.started_at === null || run.finished_at === null
    ? null
    : Math.max((Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000, computedSeconds(run) ?? 0)

/** The seconds from when a run was asked for until its end, with all waiting. Null while it is running. */
export const totalSeconds = (run: Timed & Pick<Run, 'created_at'>): number | null =>
  run.finished_at === null
    ? null
    : Math.max((Date.parse(run.finished_at) - Date.parse(run.created_at)) / 1000, runSeconds(run) ?? 0)
