import { predictEvents, type Run } from '@vitrine/contract'
import type { z } from 'zod'
import type { Audience } from '../../lib/disclosure.ts'
import { runIn, type RunRecord } from './run-record.ts'

/** An event of a running algorithm, as its event stream has it. */
export type PredictEvent = {
  [Name in keyof typeof predictEvents]: { event: Name; data: z.infer<(typeof predictEvents)[Name]> }
}[keyof typeof predictEvents]

/** An event of a run: of its algorithm, or `status` with the run. */
export type RunEventWith<Status> = PredictEvent | { event: 'status'; data: Status }

/** An event of a run: of its algorithm, or `status` with the run itself. */
export type RunEvent = RunEventWith<RunRecord>

/** The same as somebody reads it. */
export type ReadRunEvent = RunEventWith<Run>

/** An event of a run as somebody reads it. */
export const runEventIn = (event: RunEvent, audience: Audience): ReadRunEvent =>
  event.event === 'status' ? { event: event.event, data: runIn(event.data, audience) } : event

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
