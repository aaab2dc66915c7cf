import { createParser } from 'eventsource-parser'
import { json, type ApiAnswer, type ApiOperation, type Json } from '@vitrine/contract'
import { resultKinds } from '@vitrine/contract/results'
import { isObject } from '@vitrine/contract/schema-check'
import { z } from 'zod'
import { isJsonType, jsonOf, valueAt, type RawAnswer } from './api-answer.ts'
import type { ApiRequest, MediaBytes } from './api-request.ts'

/** Sends one request to the service, within the bounds of the call. */
export type SendOne = (request: ApiRequest) => Promise<RawAnswer>

const get = (path: string): ApiRequest => ({ method: 'GET', path, headers: {}, body: null })

/** The path above `/call/<name>` or `/run/<name>`, where a Gradio app also takes and gives files. */
const rootOf = ({ path }: Pick<ApiOperation, 'path'>) => path.replace(/\/(call|run)\/[^/]+$/, '')

const stored = z.tuple([z.string()])

/**
 * Gives a file to a Gradio app, and returns the value that stands for it in a call; the answer of the app if it refuses it.
 */
export async function giveFile(
  send: SendOne,
  operation: ApiOperation,
  file: MediaBytes,
): Promise<{ value: Json } | { refused: RawAnswer }> {
  const form = new FormData()
  form.append('files', new Blob([new Uint8Array(file.content)], { type: file.mime }), file.name)
  const encoded = new Response(form)
  const answer = await send({
    method: 'POST',
    path: `${rootOf(operation)}/upload`,
    headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
    body: Buffer.from(await encoded.arrayBuffer()),
  })
  const path =
    answer.status === 200 && isJsonType(answer.mime) ? stored.safeParse(jsonOf(answer)).data?.[0] : undefined
  if (path === undefined) return { refused: answer }
  const value = { path, orig_name: file.name, mime_type: file.mime, meta: { _type: 'gradio.FileData' } }
  return { value }
}

const begun = z.object({ event_id: z.string().regex(/^[\w-]{1,200}$/) })

/** The last event of a kind that ends a call, in the text of its stream. Pure. */
export function endOf(text: string): { event: 'complete' | 'error'; data: string } | null {
  let end: { event: 'complete' | 'error'; data: string } | null = null
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === 'complete' || event === 'error') end = { event, data }
    },
  })
  parser.feed(text.endsWith('\n\n') ? text : `${text}\n\n`)
  return end
}

const asJson = (status: number, value: Json): RawAnswer => ({
  status,
  mime: 'application/json',
  body: Buffer.from(JSON.stringify(value)),
})

const failed = (said: unknown) =>
  asJson(500, {
    error: typeof said === 'string' && said !== '' ? said : 'Gradio: the function raised an error',
  })

function parsed(text: string): Json {
  try {
    return json.safeParse(JSON.parse(text)).data ?? null
  } catch {
    // An error of Gradio may be plain words.
    return text
  }
}

/**
 * Follows a call of Gradio that was put into its queue to its end. The answer has the form of a direct call: `{data: [...]}`,
 * or `{error}` with the status 500. What is not put into a queue is the answer itself.
 */
export async function answerOfCall(
  send: SendOne,
  { path }: Pick<ApiOperation, 'path'>,
  first: RawAnswer,
): Promise<RawAnswer> {
  if (first.status !== 200 || !isJsonType(first.mime)) return first
  const event = begun.safeParse(jsonOf(first)).data
  if (!event) return first
  const stream = await send(get(`${path}/${event.event_id}`))
  if (stream.status !== 200) return stream
  const end = endOf(stream.body.toString('utf8'))
  const data = end === null ? null : parsed(end.data)
  if (end?.event === 'complete') return asJson(200, { data })
  return failed(isObject(data) ? data.error : data)
}

/**
 * The file that an answer names where a file is wanted, from the app itself. Null if it names none. Nothing but the app is
 * asked: of the address in the answer, the path on its disk is used alone.
 */
export async function fileOfAnswer(
  send: SendOne,
  operation: Pick<ApiOperation, 'path'> & { answer: ApiAnswer },
  answer: RawAnswer,
): Promise<RawAnswer | null> {
  const { kind, path: steps } = operation.answer
  if (resultKinds[kind].foreign !== 'file' || answer.status !== 200 || !isJsonType(answer.mime)) return null
  const value = valueAt(jsonOf(answer), steps)
  // A video has its subtitles beside it in some versions.
  const file = isObject(value) && isObject(value.video) ? value.video : value
  if (!isObject(file) || typeof file.path !== 'string') return null
  // Half a character has no address.
  const path = encodeURI(file.path.toWellFormed()).replaceAll(/[?#]/g, encodeURIComponent)
  const got = await send(get(`${rootOf(operation)}/file=${path}`))
  return got.status === 200 && isJsonType(got.mime) ? { ...got, mime: 'application/octet-stream' } : got
}
