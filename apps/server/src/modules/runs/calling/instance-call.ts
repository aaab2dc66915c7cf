import { createParser } from 'eventsource-parser'
import {
  predictionIdHeader,
  predictionNotFound,
  predictionPath,
  predictionUnattendedHeader,
  servicePath,
  type Json,
  type PredictResponse,
} from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { Dispatcher } from 'undici'
import { z } from 'zod'
import { connectionWords } from '../../../lib/connection-words.ts'
import { requestAt } from '../../../lib/endpoint-request.ts'
import type { Words } from '../../../lib/words.ts'
import type { Hold } from '../../../lib/memory-budget.ts'
import { limitedBytes, limitedText, TextTooLong } from '../../../lib/limited-text.ts'
import {
  parsePredictResponse,
  timesInMemory,
  ValuesTooLarge,
  weightWithin,
} from '../../instances/answer-values.ts'
import { mostAnswerBytes, mostValueBytes } from '../../instances/instance-facts.ts'
import { parsePredictEvent, type PredictEvent } from '../events/run-events.ts'
import { answerNotUnderstood, answerTooLarge, instanceUnreachable } from '../runs.errors.ts'

/** A prediction at an instance. The platform chooses `id` before the call. */
export type InstancePrediction = {
  id: string
  serviceId: string
  /** The address of the instance. */
  endpoint: InstanceEndpoint
  signal: AbortSignal
}

/** A prediction whose events are read into memory that all calls share. The caller gives back what was taken for it. */
export type FollowedPrediction = InstancePrediction & { hold: Pick<Hold, 'take' | 'give'> }

/** A call of an instance. */
export type InstanceCall = FollowedPrediction & {
  body: { input_data: Json[]; parameters: Record<string, Json>; batch_id: string }
  /** Is told whether the instance keeps the prediction when its caller disconnects. */
  onAnswer: (isKept: boolean) => Promise<void>
}

/** How long an algorithm may send nothing, in milliseconds. */
export const silenceMs = 60 * 60 * 1000
/** How soon a healthy instance answers whether it knows a prediction, in milliseconds. */
const askedMs = 10_000
/**
 * How long a run continues without the platform, in seconds. This is enough for a restart of the platform, and no
 * forgotten run continues for ever.
 */
const unattendedS = 3600
const briefBytes = 500
/** The cause if a stream of events ends without the last one. */
const endedEarly: Words = { zh: '事件流提前结束', en: 'its stream of events ended early' }

const isStream = ({ headers }: Dispatcher.ResponseData) =>
  String(headers['content-type']).startsWith('text/event-stream')
const isNamed = ({ headers }: Dispatcher.ResponseData, id: string) => headers[predictionIdHeader] === id

const tooLarge = ({ serviceId: service_id }: InstancePrediction, cause?: unknown) =>
  cause instanceof ValuesTooLarge
    ? answerTooLarge({ service_id, limit_bytes: mostValueBytes, part: 'values' }, cause)
    : answerTooLarge({ service_id, limit_bytes: mostAnswerBytes, part: 'text' }, cause)

/** What is wrong with a text that an algorithm sent, as an error of the run. */
const refusalOf = (call: InstancePrediction, status: number, text: string, error: unknown) =>
  error instanceof ValuesTooLarge
    ? tooLarge(call, error)
    : answerNotUnderstood(
        { service_id: call.serviceId, http_status: status, body: text.slice(0, briefBytes) },
        error,
      )

/** The error of a call whose connection was not made, or ended too soon. */
const unreachable = ({ serviceId, signal }: InstancePrediction, error: unknown) => {
  signal.throwIfAborted()
  return instanceUnreachable({ service_id: serviceId, cause: connectionWords(error) }, error)
}

/** The bytes of an answer. Throws `run.instance_unreachable` if it breaks off, in whatever way. */
async function* bytesOf(call: InstancePrediction, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* body
  } catch (error) {
    throw unreachable(call, error)
  }
}

/** An answer that is no stream. Throws `run.instance_unreachable`, `run.answer_too_large` and `run.answer_not_understood`. */
async function wholeAnswer(
  call: FollowedPrediction,
  { statusCode, body }: Dispatcher.ResponseData,
): Promise<PredictResponse> {
  const take = (bytes: number) => call.hold.take(bytes * timesInMemory)
  const text = await limitedBytes(bytesOf(call, body), mostAnswerBytes, take).catch((error: unknown) => {
    throw error instanceof TextTooLong ? tooLarge(call, error) : error
  })
  try {
    await call.hold.take(weightWithin(text))
    return parsePredictResponse(text)
  } catch (error) {
    call.signal.throwIfAborted()
    throw refusalOf(call, statusCode, text.subarray(0, briefBytes).toString('utf8'), error)
  }
}

/**
 * The texts of the events of a body. The body is read only as fast as the caller takes events. Throws
 * `run.answer_too_large`.
 */
async function* readTexts(
  call: FollowedPrediction,
  body: AsyncIterable<Buffer>,
): AsyncGenerator<{ name: string; data: string }> {
  let texts: { name: string; data: string }[] = []
  let isTooLarge = false
  const parser = createParser({
    maxBufferSize: mostAnswerBytes,
    onEvent: ({ event: name = 'message', data }) => void texts.push({ name, data }),
    onError: ({ type }) => (isTooLarge ||= type === 'max-buffer-size-exceeded'),
  })
  const decoder = new TextDecoder()
  /** What is held for events that have not ended. */
  let held = 0
  for await (const chunk of bytesOf(call, body)) {
    const more = chunk.length * timesInMemory
    await call.hold.take(more)
    held += more
    parser.feed(decoder.decode(chunk, { stream: true }))
    if (isTooLarge) throw tooLarge(call)
    if (texts.length === 0) continue
    const arrived = texts
    texts = []
    yield* arrived
    call.hold.give(held)
    held = 0
  }
}

/**
 * The events of a body. The memory of each is held until the caller takes the next one. Throws `run.answer_too_large`
 * and `run.answer_not_understood`.
 */
async function* readEvents(
  call: FollowedPrediction,
  { statusCode, body }: Dispatcher.ResponseData,
): AsyncGenerator<PredictEvent> {
  for await (const { name, data } of readTexts(call, body)) {
    let bytes = 0
    let event: PredictEvent | null
    try {
      bytes = weightWithin(Buffer.from(data))
      await call.hold.take(bytes)
      event = parsePredictEvent(name, data, bytes)
    } catch (error) {
      call.signal.throwIfAborted()
      throw refusalOf(call, statusCode, data, error)
    }
    if (event) yield event
    call.hold.give(bytes)
  }
}

/**
 * The events of a stream. The last one is `completed`; nothing after it is read. Throws `run.instance_unreachable` if
 * the stream ends before that.
 */
async function* eventsUntilCompleted(
  call: FollowedPrediction,
  answer: Dispatcher.ResponseData,
): AsyncGenerator<PredictEvent> {
  for await (const event of readEvents(call, answer)) {
    yield event
    if (event.event === 'completed') return
  }
  throw instanceUnreachable({ service_id: call.serviceId, cause: endedEarly })
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
      // The algorithm must write addresses of files as callers of the gateway see them.
      'x-forwarded-prefix': servicePath(call.serviceId).slice(0, -1),
    },
    body: JSON.stringify(call.body),
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    signal: call.signal,
  }).catch((error: unknown) => {
    throw unreachable(call, error)
  })
  await call.onAnswer(isNamed(answer, call.id))
  if (isStream(answer)) yield* eventsUntilCompleted(call, answer)
  else yield { event: 'completed', data: await wholeAnswer(call, answer) }
}

/** What an instance answers about a prediction: its events, or why it has none. */
export type Found =
  { says: 'known'; events: AsyncGenerator<PredictEvent> } | { says: 'unknown' | 'not_kept' | 'unreachable' }

const refusal = z.object({ error: z.object({ code: z.string() }) })
/** A refusal of ours is short. */
const refusalBytes = 64 * 1024

/** The body of a refusal as JSON. Null if it is not JSON. */
const refusalBody = async ({ body }: Dispatcher.ResponseData): Promise<unknown> => {
  try {
    return JSON.parse(await limitedText(body, refusalBytes))
  } catch {
    // Then another program answers at this address, and it does not know the prediction either.
    return null
  }
}

/** Asks an instance for a prediction that was begun earlier. Gives its events so far and all that follow. */
export async function findPrediction(call: FollowedPrediction): Promise<Found> {
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
