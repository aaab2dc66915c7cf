import type { Json, PredictResponse } from '@vitrine/contract'
import type { RunRecord } from '../run-record.ts'
import { withWeightOf, type PredictEvent } from './run-events.ts'

type Mask = (text: string) => string

function maskedJson(value: Json, mask: Mask): Json {
  if (typeof value === 'string') return mask(value)
  if (Array.isArray(value)) return value.map((element) => maskedJson(element, mask))
  return typeof value === 'object' && value !== null ? maskedObject(value, mask) : value
}

const maskedObject = (value: Record<string, Json>, mask: Mask): Record<string, Json> =>
  Object.fromEntries(Object.entries(value).map(([name, part]) => [name, maskedJson(part, mask)]))

type AnsweredError = NonNullable<PredictResponse['error']>

const maskedError = (error: AnsweredError, mask: Mask): AnsweredError => ({
  ...error,
  message: mask(error.message),
  ...(error.details !== undefined && { details: maskedJson(error.details, mask) }),
})

/** An answer of an algorithm without secrets in what it prints and in its errors. */
const maskedAnswer = (answer: PredictResponse, mask: Mask): PredictResponse => ({
  ...answer,
  logs: mask(answer.logs),
  ...(answer.error && { error: maskedError(answer.error, mask) }),
  predictions: answer.predictions.map((prediction) =>
    prediction.error ? { ...prediction, error: maskedError(prediction.error, mask) } : prediction,
  ),
})

/** The reason why a run failed, without secrets. The text may come from an instance. */
export const maskedFailure = (
  failure: NonNullable<RunRecord['error']>,
  mask: Mask | undefined,
): NonNullable<RunRecord['error']> =>
  mask
    ? {
        ...failure,
        message: { zh: mask(failure.message.zh), en: mask(failure.message.en) },
        details: maskedObject(failure.details, mask),
      }
    : failure

function masked(event: PredictEvent, mask: Mask): PredictEvent {
  if (event.event === 'completed')
    return withWeightOf(event, { event: event.event, data: maskedAnswer(event.data, mask) })
  if (event.event === 'log') {
    const text = mask(event.data.text)
    return text === event.data.text ? event : { event: event.event, data: { ...event.data, text } }
  }
  if (event.event !== 'progress' || typeof event.data.message !== 'string') return event
  const message = mask(event.data.message)
  return message === event.data.message ? event : { event: event.event, data: { ...event.data, message } }
}

/**
 * The events of a run, with secrets hidden in what the algorithm prints and in its messages about progress and errors.
 * Results are not changed.
 */
export async function* maskedEvents(
  events: AsyncIterable<PredictEvent>,
  mask: Mask | undefined,
): AsyncGenerator<PredictEvent, void> {
  for await (const event of events) yield mask ? masked(event, mask) : event
}
