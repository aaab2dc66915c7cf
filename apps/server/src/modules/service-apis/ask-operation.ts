import type { ApiOperation, Endpoint, Json, Prediction } from '@vitrine/contract'
import { isObject } from '@vitrine/contract/schema-check'
import type { Hold } from '../../lib/byte-room.ts'
import { jsonWeight } from '../../lib/json-weight.ts'
import { requestAt } from '../../lib/endpoint-request.ts'
import { mostValueBytes } from '../instances/instance-facts.ts'
import { answerOutput, isJsonType, type RawAnswer } from './api-answer.ts'
import type { SampleBounds } from './answer-sample.ts'
import { apiRequest, isFile, type ApiRequest, type MediaBytes } from './api-request.ts'
import {
  ApiAnswerTooLarge,
  ApiUnreachable,
  failedPrediction,
  failureOfCall,
  refused,
  type CallFailure,
} from './call-failures.ts'
import { answerOfCall, fileOfAnswer, giveFile } from './gradio-call.ts'
import { isGradio } from './gradio-info.ts'
import type { ReadMedia } from './input-media.ts'

/**
 * The result of one element, the files that it names, the answer of which it was made, and whether of a part of it only.
 * `heldBytes` is the memory that the result takes without its files.
 */
export type Asked = {
  prediction: Prediction
  files: MediaBytes[]
  raw: RawAnswer | null
  isCut: boolean
  heldBytes: number
}

/** One element for an operation. */
export type Question = {
  endpoint: Endpoint
  serviceId: string
  operation: ApiOperation
  index: number
  element: Json
  parameters: Record<string, Json>
  readMedia: ReadMedia
  /** What is held of the memory that all calls share. All that is taken for this call is given back by the caller. */
  hold: Pick<Hold, 'take' | 'give'>
  /** How long the service may send nothing, in milliseconds. */
  silenceMs: number
  limitBytes: number
  /** The part of an answer in JSON that becomes the result; absent: all of it. */
  most?: SampleBounds
  signal: AbortSignal
}

const mostWords = 400
/** How often the bytes of an answer are in memory, without its values: as they come, together, as text. */
const timesInMemory = 3
/** How often its values are: as they were read, and as the result that is made of them. */
const timesAsValues = 2

async function send(
  { endpoint, silenceMs, limitBytes, signal, hold }: Question,
  request: ApiRequest,
): Promise<RawAnswer> {
  const { method, path, headers, body } = request
  try {
    const answer = await requestAt(endpoint, path, {
      method,
      headers: { accept: 'application/json, */*;q=0.8', ...headers },
      body,
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
      signal,
    })
    const [mime = ''] = String(answer.headers['content-type'] ?? '')
      .toLowerCase()
      .split(';')
    return {
      status: answer.statusCode,
      mime: mime.trim(),
      body: await bytesOf(answer.body, limitBytes, hold),
    }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ApiAnswerTooLarge || !(error instanceof Error)) throw error
    throw new ApiUnreachable(error.message, { cause: error })
  }
}

async function bytesOf(
  body: AsyncIterable<Buffer>,
  limitBytes: number,
  hold: Question['hold'],
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > limitBytes) throw new ApiAnswerTooLarge(limitBytes)
    await hold.take(chunk.length * timesInMemory)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** One sentence of a validation error as FastAPI writes it; undefined for anything else. */
const issueText = (issue: Json): string | undefined => {
  if (!isObject(issue) || typeof issue.msg !== 'string') return undefined
  const steps = Array.isArray(issue.loc) ? issue.loc : []
  const place = steps.filter((step) => typeof step === 'string' || typeof step === 'number').join('.')
  return `${place}: ${issue.msg}`
}

/** The words of a refusal's JSON; undefined if it has none in a usual place. */
function saidIn(json: Json): string | undefined {
  const said = isObject(json) ? (json.detail ?? json.message ?? json.error) : json
  if (typeof said === 'string') return said
  const issues = Array.isArray(said) ? said.map(issueText) : []
  return issues.length > 0 && !issues.includes(undefined) ? issues.join('; ') : undefined
}

/** What a refusal says, in its own words. What has no words in a usual place is told as it is. Pure. */
export function refusalText({ mime, body }: RawAnswer): string {
  const text = body
    .subarray(0, 16 * 1024)
    .toString('utf8')
    .trim()
  if (!isJsonType(mime)) return mime.includes('html') ? '' : text.slice(0, mostWords)
  let json: Json = null
  try {
    json = JSON.parse(text)
  } catch {
    // Cut off, or not JSON after all: the text says as much.
  }
  return (saidIn(json) ?? text).slice(0, mostWords)
}

/** Waits until there is room for the values of an answer. Resolves with their bytes. */
async function takeValues({ mime, body }: RawAnswer, hold: Question['hold']): Promise<number> {
  if (!isJsonType(mime)) return body.length
  const bytes = jsonWeight(body)
  if (bytes > mostValueBytes) throw new ApiAnswerTooLarge(mostValueBytes, 'values')
  await hold.take(bytes * timesAsValues)
  return bytes
}

const failed = (index: number, failure: CallFailure, raw: RawAnswer | null): Asked => ({
  prediction: failedPrediction(index, failure),
  files: [],
  raw,
  isCut: false,
  heldBytes: 0,
})

async function predictionOf(
  { index, operation, serviceId, most, hold }: Question,
  raw: RawAnswer,
  file: RawAnswer | null,
): Promise<Asked> {
  const refusal = [raw, file].find((one) => one && (one.status < 200 || one.status >= 300))
  if (refusal) return failed(index, refused(refusal.status, refusalText(refusal)), refusal)
  const bytes = await takeValues(raw, hold)
  try {
    const { output, files, isCut } = answerOutput(file ?? raw, { answer: operation.answer, serviceId, most })
    const prediction: Prediction = { index, status: 'succeeded', outputs: [output] }
    return { prediction, files, raw, isCut, heldBytes: files.length > 0 ? 0 : bytes }
  } catch (error) {
    const failure = failureOfCall(error)
    if (!failure) throw error
    return failed(index, failure, raw)
  }
}

/** The request, or the answer of a service that refused the file for it. */
async function requestFor(question: Question): Promise<{ request: ApiRequest } | { refused: RawAnswer }> {
  const { operation, element, parameters, readMedia, signal, hold } = question
  const field = operation.fields.find(({ value }) => value.from === 'input')
  const isMedia = field !== undefined && field.send !== 'value'
  let taken = 0
  const take = async (bytes: number) => {
    await hold.take(bytes)
    taken += bytes
  }
  const input = isMedia ? await readMedia(element, { signal, take }) : element
  const given =
    isGradio(operation) && isFile(input)
      ? await giveFile((one) => send(question, one), operation, input)
      : { value: input }
  if ('refused' in given) return given
  const request = await apiRequest(operation, { input: given.value, parameters })
  // While the service works, only what is sent to it is in memory.
  hold.give(Math.max(0, taken - (request.body?.length ?? 0)))
  return { request }
}

/** The answer to a request, and the file that it names where an app of Gradio is asked for one. */
async function answersTo(
  question: Question,
  request: ApiRequest,
): Promise<{ answer: RawAnswer; file: RawAnswer | null }> {
  const { operation } = question
  const sendOne = (one: ApiRequest) => send(question, one)
  const first = await sendOne(request)
  if (!isGradio(operation)) return { answer: first, file: null }
  try {
    const answer = await answerOfCall(sendOne, operation, first)
    return { answer, file: await fileOfAnswer(sendOne, operation, answer) }
  } catch (error) {
    // What cannot be read here cannot be read as the result either, which says why.
    if (failureOfCall(error)) return { answer: first, file: null }
    throw error
  }
}

/**
 * Asks an operation about one element. A refusal and an answer of another form are the failure of this element. Throws
 * {@link ApiUnreachable} and {@link ApiAnswerTooLarge}.
 */
export async function askOperation(question: Question): Promise<Asked> {
  const { index } = question
  let made: Awaited<ReturnType<typeof requestFor>>
  try {
    made = await requestFor(question)
  } catch (error) {
    const failure = failureOfCall(error)
    if (!failure) throw error
    return failed(index, failure, null)
  }
  if ('refused' in made) return predictionOf(question, made.refused, null)
  const { answer, file } = await answersTo(question, made.request)
  return predictionOf(question, answer, file)
}
