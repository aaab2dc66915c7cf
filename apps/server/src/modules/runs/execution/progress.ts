import type { PredictResponse } from '@vitrine/contract'
import { answerWords } from '../../service-apis/answer-words.ts'
import type { PredictEvent } from '../events/run-events.ts'
import type { RunRecord } from '../run-record.ts'

/** The longest log of a run, in characters. The rest is in the log of the service. */
const longestLog = 64 * 1024

/** The printed text with a line end. Most runtimes already send the line end with the text. */
const asLine = (text: string) => (text.endsWith('\n') ? text : `${text}\n`)

/** The run after an event from its algorithm. Pure. */
export function nextRun(run: RunRecord, event: PredictEvent, now: string): RunRecord {
  const started: RunRecord = { ...run, status: 'running', started_at: run.started_at ?? now }
  switch (event.event) {
    case 'start':
    case 'output':
      return started
    case 'progress':
      return { ...started, progress: event.data.progress, progress_message: event.data.message ?? null }
    case 'log':
      return { ...started, logs: `${run.logs}${asLine(event.data.text)}`.slice(-longestLog) }
    case 'completed':
      return completedRun(started, event.data, now)
  }
}

/** The run after the complete answer of its algorithm. */
function completedRun(run: RunRecord, result: PredictResponse, now: string): RunRecord {
  const failed = result.predictions.find((prediction) => prediction.error)?.error
  const error = result.error ?? (result.status === 'failed' ? failed : null) ?? null
  return {
    ...run,
    status: result.status,
    progress: 1,
    result,
    // If the instance had finished a run before it was continued, there were no separate log events.
    logs: run.logs || result.logs.slice(-longestLog),
    error: error
      ? { code: error.code, message: answerWords(error), details: { issues: error.details ?? null } }
      : null,
    finished_at: now,
  }
}

/** Whether a run has ended. */
export const hasRunEnded = (run: Pick<RunRecord, 'status'>): boolean =>
  run.status !== 'queued' && run.status !== 'running'
