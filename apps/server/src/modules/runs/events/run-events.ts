import { predictEvents, type EndpointEvent } from '@vitrine/contract'
import type { z } from 'zod'
import type { Audience } from '../../../lib/disclosure.ts'
import { parseParts } from '../../instances/answer-values.ts'
import { resultIn } from '../../service-apis/answer-words.ts'
import { runIn, type RunRecord } from '../run-record.ts'

/** An event from the event stream of an algorithm. */
export type PredictEvent = {
  [Name in keyof typeof predictEvents]: { event: Name; data: z.infer<(typeof predictEvents)[Name]> }
}[keyof typeof predictEvents]

/** An event of a run: from its algorithm, or `status` with the run. */
export type RunEventWith<Status> = PredictEvent | { event: 'status'; data: Status }

/** An event of a run: from its algorithm, or `status` with the run itself. */
export type RunEvent = RunEventWith<RunRecord>

/** An event of a run in the form for readers. */
export type ReadRunEvent = EndpointEvent<'GET /runs/{id}/events'>

/** Converts an event of a run for a reader. */
export function runEventIn(event: RunEvent, audience: Audience): ReadRunEvent {
  if (event.event === 'status') return { event: event.event, data: runIn(event.data, audience) }
  return event.event === 'completed'
    ? { event: event.event, data: resultIn(event.data, audience.language) }
    : event
}

/**
 * Parses one server-sent event. `weight` is the memory of its values in bytes. Null for names that the protocol does
 * not have. Throws if the data has the wrong form.
 */
export function parsePredictEvent(name: string, data: string, weight: number): PredictEvent | null {
  const event = parsedEvent(name, data)
  if (event) weights.set(event.data, weight)
  return event
}

/** The memory that the values of events take, in bytes, by their data. */
const weights = new WeakMap<object, number>()

/**
 * The memory that the values of an event of an algorithm take, in bytes. 0 for events that the platform makes itself.
 */
export const weightOfEvent = ({ data }: RunEvent): number =>
  typeof data === 'object' && data !== null ? (weights.get(data) ?? 0) : 0

/** Records that an event replaces another one and takes the same memory. */
export function withWeightOf(from: RunEvent, event: PredictEvent): PredictEvent {
  weights.set(event.data, weightOfEvent(from))
  return event
}

function parsedEvent(name: string, data: string): PredictEvent | null {
  const json = parseParts(data)
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
