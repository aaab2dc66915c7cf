import type { ApiAnswer, ApiOperation, Json } from '@vitrine/contract'
import { resultKinds } from '@vitrine/contract/results'
import { isObject } from '@vitrine/contract/schema-check'
import { z } from 'zod'
import { AnswerNotFitting, isJsonType, jsonOf, valueAt, type RawAnswer } from './api-answer.ts'
import type { ApiRequest, MediaBytes } from './api-request.ts'

/** Sends one request to the service, within the bounds of the call. */
export type SendOne = (request: ApiRequest) => Promise<RawAnswer>

const get = (path: string): ApiRequest => ({ method: 'GET', path, headers: {}, body: null })

/** The path above `/call/<name>` or `/run/<name>`, where a Gradio app also takes and gives files. */
const rootOf = ({ path }: Pick<ApiOperation, 'path'>) => path.replace(/\/(call|run)\/[^/]+$/, '')

const stored = z.tuple([z.string()])

/**
 * Gives a file to a Gradio app, and returns the value that names it in a call, or the app's answer if the app refuses it.
 * Throws {@link AnswerNotFitting} if the app takes it and does not say where it is.
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
  if (answer.status !== 200) return { refused: answer }
  const path = stored.safeParse(shortJson(answer)).data?.[0]
  if (path === undefined) throw new AnswerNotFitting('no_file_path')
  const value = { path, orig_name: file.name, mime_type: file.mime, meta: { _type: 'gradio.FileData' } }
  return { value }
}

const begun = z.object({ event_id: z.string().regex(/^[\w-]{1,200}$/) })

/** The last event of a call, with its data in UTF-8. */
export type CallEnd = { event: 'complete' | 'error'; data: Buffer }

const [lineFeed, carriageReturn] = [10, 13]
/** Gradio writes the data of an event in one line. */
const dataLinesAtMost = 100

/** The lines of events, until one ends. */
class EventLines {
  #event = ''
  #data: Buffer[] = []

  take(line: Buffer): void {
    const name = line.toString('latin1', 0, 'event:'.length)
    const from = name.indexOf(':') + 1
    const value = line.subarray(line[from] === 0x20 ? from + 1 : from)
    if (name === 'event:') this.#event = value.toString('latin1', 0, 'complete '.length)
    else if (name.startsWith('data:') && this.#data.length < dataLinesAtMost) this.#data.push(value)
  }

  /** The event that ends here, if it is one that ends a call. */
  end(): CallEnd | null {
    if (this.#event === '' && this.#data.length === 0) return null
    const [event, data] = [this.#event, this.#data]
    this.#event = ''
    this.#data = []
    const ends = (event === 'complete' || event === 'error') && data.length > 0
    return ends ? { event, data: Buffer.concat(data) } : null
  }
}

/**
 * The last event of a kind that ends a call, in its whole stream. The parser that reads events elsewhere is made for short chunks:
 * in 64 MB of line ends it would search for hours, and nothing else would be done meanwhile. Pure.
 */
export function endOf(stream: Buffer): CallEnd | null {
  const lines = new EventLines()
  let found: CallEnd | null = null
  for (let from = 0; from < stream.length;) {
    let to = from
    while (to < stream.length && stream[to] !== lineFeed && stream[to] !== carriageReturn) to++
    if (to === from) found = lines.end() ?? found
    else if (to - from > 'data:'.length) lines.take(stream.subarray(from, to))
    from = to + (stream[to] === carriageReturn && stream[to + 1] === lineFeed ? 2 : 1)
  }
  return lines.end() ?? found
}

/** The longest answer beside a result that is parsed, in bytes. Real ones are short, and the values of a long one may take thirty times its memory. */
const mostSaidBytes = 16 * 1024

/** The JSON of a short answer; null if it is not JSON. */
function shortJson(raw: RawAnswer): Json {
  if (raw.status !== 200 || !isJsonType(raw.mime) || raw.body.length > mostSaidBytes) return null
  try {
    return jsonOf(raw)
  } catch (error) {
    if (error instanceof AnswerNotFitting) return null
    throw error
  }
}

const asJson = (status: number, body: Buffer): RawAnswer => ({ status, mime: 'application/json', body })

/** The words of an error of a call: JSON with `error`, or plain words. */
function saidIn(data: Buffer): string {
  const text = data.toString('utf8', 0, mostSaidBytes)
  try {
    const value: unknown = JSON.parse(text)
    const said = isObject(value) ? value.error : value
    return typeof said === 'string' ? said : ''
  } catch {
    return text
  }
}

const failed = (said: string) =>
  asJson(500, Buffer.from(JSON.stringify({ error: said || 'Gradio: the function raised an error' })))

/**
 * Follows a call of Gradio that was put into its queue to its end. The answer has the form of a direct call: `{data: [...]}`,
 * or `{error}` with the status 500. What is not put into a queue is the answer itself. No result is parsed here: there is no
 * room for its values yet.
 */
export async function answerOfCall(
  send: SendOne,
  { path }: Pick<ApiOperation, 'path'>,
  first: RawAnswer,
): Promise<RawAnswer> {
  const event = begun.safeParse(shortJson(first)).data
  if (!event) return first
  const stream = await send(get(`${path}/${event.event_id}`))
  if (stream.status !== 200) return stream
  const end = endOf(stream.body)
  if (end?.event === 'complete')
    return asJson(200, Buffer.concat([Buffer.from('{"data":'), end.data, Buffer.from('}')]))
  return failed(end === null ? '' : saidIn(end.data))
}

/** As long as a path of Linux may be, in characters. */
const longestPath = 4096

/**
 * The file that an answer names where a file is wanted, from the app itself. Null if it names none. Nothing but the app is
 * asked: of the address in the answer, the path on its disk is used alone. There must be room for the values of the answer.
 * Throws {@link AnswerNotFitting}.
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
  // Half a character cannot be written in an address.
  if (file.path.length > longestPath || !file.path.isWellFormed()) throw new AnswerNotFitting('not_of_kind')
  const got = await send(
    get(`${rootOf(operation)}/file=${encodeURI(file.path).replaceAll(/[?#]/g, encodeURIComponent)}`),
  )
  return got.status === 200 && isJsonType(got.mime) ? { ...got, mime: 'application/octet-stream' } : got
}
