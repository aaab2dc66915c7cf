import { predictEvents, type PredictResponse } from '@vitrine/contract'
import type { z } from 'zod'
import { wordsOf } from '../../lib/words.ts'
import type { RunRecord } from './run-record.ts'

/** An event of a running algorithm, as its event stream has it. */
export type PredictEvent = {
  [Name in keyof typeof predictEvents]: { event: Name; data: z.infer<(typeof predictEvents)[Name]> }
}[keyof typeof predictEvents]

/** Longest log kept with a run; the service's own log has the rest. */
const longestLog = 64 * 1024

/** Parses one server-sent event; null for names that are not of the protocol. Throws where the data breaks its form. */
export function parsePredictEvent(name: string, data: string): PredictEvent | null {
  const json: unknown = JSON.parse(data)
  switch (name) {
    case 'start':
      return { event: name, data: predictEvents.start.parse(json) }
    case 'progress':
      return { event: name, data: predictEvents.progress.parse(json) }
    case 'output':
      return { event: name, data: predictEvents.output.parse(json) }
    case 'log':
      return { event: name, data: predictEvents.log.parse(json) }
    case 'completed':
      return { event: name, data: predictEvents.completed.parse(json) }
    default:
      return null
  }
}

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
    error: error
      ? { code: error.code, message: wordsOf(error.message), details: { issues: error.details ?? null } }
      : null,
    finished_at: now,
  }
}

/** Whether a run has come to its end. */
export const hasRunEnded = (run: Pick<RunRecord, 'status'>): boolean =>
  run.status !== 'queued' && run.status !== 'running'
