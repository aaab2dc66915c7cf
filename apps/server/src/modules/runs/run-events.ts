import { predictEvents, type Run } from '@vitrine/contract'
import type { z } from 'zod'
import type { Audience } from '../../lib/disclosure.ts'
import { runIn, type RunRecord } from './run-record.ts'

/** An event from the event stream of an algorithm. */
export type PredictEvent = {
  [Name in keyof typeof predictEvents]: { event: Name; data: z.infer<(typeof predictEvents)[Name]> }
}[keyof typeof predictEvents]

/** An event of a run: from its algorithm, or `status` with the run. */
export type RunEventWith<Status> = PredictEvent | { event: 'status'; data: Status }

/** An event of a run: from its algorithm, or `status` with the run itself. */
export type RunEvent = RunEventWith<RunRecord>

/** An event of a run in the form for readers. */
export type ReadRunEvent = RunEventWith<Run>

/** Converts an event of a run for a reader. */
export const runEventIn = (event: RunEvent, audience: Audience): ReadRunEvent =>
  event.event === 'status' ? { event: event.event, data: runIn(event.data, audience) } : event

/**
 * Parses one server-sent event. Null for names that the protocol does not have. Throws if the data has the
 * wrong form.
 */
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
