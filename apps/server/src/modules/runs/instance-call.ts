import { createParser } from 'eventsource-parser'
import {
  predictionIdHeader,
  predictionNotFound,
  predictionPath,
  predictionUnattendedHeader,
  predictResponse,
  servicePath,
  type Endpoint,
  type Json,
  type PredictResponse,
} from '@vitrine/contract'
import type { Dispatcher } from 'undici'
import { z } from 'zod'
import { requestAt } from '../../lib/endpoint-request.ts'
import { limitedText, TextTooLong } from '../../lib/limited-text.ts'
import { mostAnswerBytes } from '../instances/instance-facts.ts'
import { parsePredictEvent, type PredictEvent } from './run-events.ts'
import { answerNotUnderstood, answerTooLarge, instanceUnreachable } from './runs.errors.ts'

/** A prediction at an instance. The platform chooses `id` before the call. */
export type InstancePrediction = {
  id: string
  serviceId: string
  /** The address of the instance. */
  endpoint: Endpoint
  signal: AbortSignal
}

/** A call of an instance. */
export type InstanceCall = InstancePrediction & {
  body: { input_data: Json[]; parameters: Record<string, Json>; batch_id: string }
  /** Is told whether the instance keeps the prediction when its caller disconnects. */
  onAnswer: (isKept: boolean) => Promise<void>
}

/** How long an algorithm may send nothing, in milliseconds. */
const silenceMs = 60 * 60 * 1000
/** How soon a healthy instance answers whether it knows a prediction, in milliseconds. */
const askedMs = 10_000
/**
 * How long a run continues without the platform, in seconds. Enough for a restart, and no forgotten run
 * continues for ever.
 */
const unattendedS = 3600
const briefBytes = 500

const isStream = ({ headers }: Dispatcher.ResponseData) =>
  String(headers['content-type']).startsWith('text/event-stream')
const isNamed = ({ headers }: Dispatcher.ResponseData, id: string) => headers[predictionIdHeader] === id

const tooLarge = (call: InstancePrediction, cause?: unknown) =>
  answerTooLarge({ service_id: call.serviceId, limit_bytes: mostAnswerBytes }, cause)

/** The body of an answer that is no stream. Throws `run.answer_too_large`. */
const wholeText = (call: InstancePrediction, { body }: Dispatcher.ResponseData): Promise<string> =>
  limitedText(body, mostAnswerBytes).catch((error: unknown) => {
    throw error instanceof TextTooLong ? tooLarge(call, error) : error
  })

function parseAnswer(call: InstancePrediction, status: number, text: string): PredictResponse {
  const refuse = (cause: unknown) =>
    answerNotUnderstood(
      { service_id: call.serviceId, http_status: status, body: text.slice(0, briefBytes) },
      cause,
    )
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw refuse(error)
  }
  const parsed = predictResponse.safeParse(body)
  if (!parsed.success) throw refuse(parsed.error)
  return parsed.data
}

/** The events of a body. The body is read only as fast as the events are taken. Throws `run.answer_too_large`. */
async function* readEvents(
  call: InstancePrediction,
  body: AsyncIterable<Buffer>,
): AsyncGenerator<PredictEvent> {
  let events: PredictEvent[] = []
  let isTooLarge = false
  const parser = createParser({
    maxBufferSize: mostAnswerBytes,
    onEvent: ({ event = 'message', data }) => {
      const parsed = parsePredictEvent(event, data)
      if (parsed) events.push(parsed)
    },
    onError: ({ type }) => (isTooLarge ||= type === 'max-buffer-size-exceeded'),
  })
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    if (isTooLarge) throw tooLarge(call)
    const arrived = events
    events = []
    yield* arrived
  }
}

/**
 * The events of a stream. The last one is `completed`: whatever follows is not waited for. Throws
 * `run.instance_unreachable` if the stream ends before that.
 */
async function* eventsUntilCompleted(
  call: InstancePrediction,
  answer: Dispatcher.ResponseData,
): AsyncGenerator<PredictEvent> {
  for await (const event of readEvents(call, answer.body)) {
    yield event
    if (event.event === 'completed') return
  }
  throw instanceUnreachable({ service_id: call.serviceId, cause: 'the event stream ended early' })
}

/**
 * Calls an instance and yields its events as they come. The last one is `completed`. A server without event
 * streams gives a single answer. Throws `run.instance_unreachable` or `run.answer_not_understood`.
 */
export async function* callInstance(call: InstanceCall): AsyncGenerator<PredictEvent> {
  const answer = await requestAt(call.endpoint, '/predict', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream, application/json;q=0.5',
      [predictionIdHeader]: call.id,
      [predictionUnattendedHeader]: String(unattendedS),
      // Addresses of files that the algorithm returns must be those that callers of the gateway use.
      'x-forwarded-prefix': servicePath(call.serviceId).slice(0, -1),
    },
    body: JSON.stringify(call.body),
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    signal: call.signal,
  }).catch((error: Error) => {
    throw instanceUnreachable({ service_id: call.serviceId, cause: error.message }, error)
  })
  await call.onAnswer(isNamed(answer, call.id))
  if (isStream(answer)) yield* eventsUntilCompleted(call, answer)
  else yield { event: 'completed', data: parseAnswer(call, answer.statusCode, await wholeText(call, answer)) }
}

/** What an instance answers about a prediction: its events, or why it has none. */
export type Found =
  { says: 'known'; events: AsyncGenerator<PredictEvent> } | { says: 'unknown' | 'not_kept' | 'unreachable' }

const refusal = z.object({ error: z.object({ code: z.string() }) })
/** A refusal of ours is short. */
const refusalBytes = 64 * 1024

/** The body of a refusal as JSON; null where it is none. */
const refusalBody = async ({ body }: Dispatcher.ResponseData): Promise<unknown> => {
  try {
    return JSON.parse(await limitedText(body, refusalBytes))
  } catch {
    // Whatever else answers at this address does not know the prediction either.
    return null
  }
}

/** Asks an instance for a prediction that was begun earlier. Gives its events so far and all that follow. */
export async function findPrediction(call: InstancePrediction): Promise<Found> {
  const answer = await requestAt(call.endpoint, predictionPath(call.id), {
    headers: { accept: 'text/event-stream' },
    headersTimeout: askedMs,
    bodyTimeout: silenceMs,
    signal: call.signal,
  }).catch((error: unknown) => {
    call.signal.throwIfAborted()
    return error instanceof Error ? null : Promise.reject(error)
  })
  if (answer === null) return { says: 'unreachable' }
  if (isStream(answer) && isNamed(answer, call.id))
    return { says: 'known', events: eventsUntilCompleted(call, answer) }
  const body = refusal.safeParse(await refusalBody(answer))
  const isOurs = answer.statusCode === 404 && body.data?.error.code === predictionNotFound
  return { says: isOurs ? 'unknown' : 'not_kept' }
}

/**
 * Cancels a prediction at an instance, or deletes it if it has ended. Rejects if the instance did not confirm
 * this.
 */
export async function deletePrediction(call: InstancePrediction): Promise<void> {
  const answer = await requestAt(call.endpoint, predictionPath(call.id), {
    method: 'DELETE',
    headersTimeout: askedMs,
    bodyTimeout: askedMs,
    signal: call.signal,
  })
  await answer.body.dump()
}
