import type { PredictResponse } from '@vitrine/contract'
import { wordsOf } from '../../lib/words.ts'
import type { PredictEvent } from './run-events.ts'
import type { RunRecord } from './run-record.ts'

/** Longest log kept with a run; the service's own log has the rest. */
const longestLog = 64 * 1024

/** What was printed, ended; most runtimes pass the end of a line on as it was printed. */
const asLine = (text: string) => (text.endsWith('\n') ? text : `${text}\n`)

/** The run after an event of its algorithm. Pure. */
export function nextRun(run: RunRecord, event: PredictEvent, now: string): RunRecord {
  switch (event.event) {
    case 'start':
      return { ...run, status: 'running', started_at: run.started_at ?? now }
    case 'progress':
      return { ...run, progress: event.data.progress, progress_message: event.data.message ?? null }
    case 'log':
      return { ...run, logs: `${run.logs}${asLine(event.data.text)}`.slice(-longestLog) }
    case 'output':
      return run
    case 'completed':
      return completedRun(run, event.data, now)
  }
}

/** The run after its algorithm's whole answer. */
function completedRun(run: RunRecord, result: PredictResponse, now: string): RunRecord {
  const failed = result.predictions.find((prediction) => prediction.error)?.error
  const error = result.error ?? (result.status === 'failed' ? failed : null) ?? null
  return {
    ...run,
    status: result.status,
    progress: 1,
    result,
    // One that was taken up after its end has told no lines one by one.
    logs: run.logs || result.logs.slice(-longestLog),
    error: error
      ? { code: error.code, message: wordsOf(error.message), details: { issues: error.details ?? null } }
      : null,
    finished_at: now,
  }
}

/** Whether a run has come to its end. */
export const hasRunEnded = (run: Pick<RunRecord, 'status'>): boolean =>
  run.status !== 'queued' && run.status !== 'running'
