import { createParser } from 'eventsource-parser'
import { predictResponse, type Json, type PredictResponse } from '@vitrine/contract'
import { request } from 'undici'
import { EventQueue } from '../../lib/event-queue.ts'
import { servicePath } from '../gateway/gateway.table.ts'
import { answerNotUnderstood, instanceUnreachable } from './runs.errors.ts'
import { parsePredictEvent, type PredictEvent } from './run-progress.ts'

/** One call of an instance. */
export type InstanceCall = {
  serviceId: string
  port: number
  body: { input_data: Json[]; parameters: Record<string, Json>; batch_id: string }
  signal: AbortSignal
}

/** A silent algorithm may think this long before its next byte. */
const silenceMs = 60 * 60 * 1000
const briefBytes = 500

function parseAnswer(call: InstanceCall, status: number, text: string): PredictResponse {
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

async function* readEvents(body: AsyncIterable<Buffer>): AsyncGenerator<PredictEvent> {
  const events = new EventQueue<PredictEvent>()
  const parser = createParser({
    onEvent: ({ event = 'message', data }) => {
      const parsed = parsePredictEvent(event, data)
      if (parsed) events.push(parsed)
    },
  })
  const decoder = new TextDecoder()
  const pump = (async () => {
    for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }))
    events.end()
  })().catch((error: Error) => events.fail(error))
  yield* events
  await pump
}

/**
 * Calls an instance and yields its events as they come, the last of them `completed`. A server that does not know event
 * streams gives its one answer. Throws `run.instance_unreachable` or `run.answer_not_understood`.
 */
export async function* callInstance(call: InstanceCall): AsyncGenerator<PredictEvent> {
  const answer = await request(`http://127.0.0.1:${call.port}/predict`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream, application/json;q=0.5',
      // Files that the algorithm returns are addressed as callers of the gateway reach them.
      'x-forwarded-prefix': servicePath(call.serviceId).slice(0, -1),
    },
    body: JSON.stringify(call.body),
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    signal: call.signal,
  }).catch((error: Error) => {
    throw instanceUnreachable({ service_id: call.serviceId, cause: error.message }, error)
  })
  const isStream = String(answer.headers['content-type']).startsWith('text/event-stream')
  if (!isStream) {
    yield { event: 'completed', data: parseAnswer(call, answer.statusCode, await answer.body.text()) }
    return
  }
  let completed = false
  for await (const event of readEvents(answer.body)) {
    completed ||= event.event === 'completed'
    yield event
  }
  if (!completed)
    throw instanceUnreachable({ service_id: call.serviceId, cause: 'the event stream ended early' })
}
