import type { ApiOperation, Json, Prediction } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import { isObject } from '@vitrine/contract/schema-check'
import type { Hold } from '../../lib/memory-budget.ts'
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
  endpoint: InstanceEndpoint
  serviceId: string
  operation: ApiOperation
  index: number
  element: Json
  parameters: Record<string, Json>
  readMedia: ReadMedia
  /** The part of the shared memory that this call holds. The caller gives all of it back. */
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

/** What a refusal says, in its own words. A refusal without words in a usual place is quoted as it is. Pure. */
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

const isRefusal = ({ status }: RawAnswer) => status < 200 || status >= 300

const failedBy = (index: number, refusal: RawAnswer): Asked =>
  failed(index, refused(refusal.status, refusalText(refusal)), refusal)

/** The file that an answer names, which is asked for when there is room for the values of the answer. */
type FindFile = (raw: RawAnswer) => Promise<RawAnswer | null>

async function predictionOf(
  { index, operation, serviceId, most, hold }: Question,
  raw: RawAnswer,
  findFile: FindFile = async () => null,
): Promise<Asked> {
  if (isRefusal(raw)) return failedBy(index, raw)
  const bytes = await takeValues(raw, hold)
  try {
    const file = await findFile(raw)
    if (file && isRefusal(file)) return failedBy(index, file)
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
  if ('refused' in made) return predictionOf(question, made.refused)
  const first = await send(question, made.request)
  if (!isGradio(question.operation)) return predictionOf(question, first)
  const sendOne = (request: ApiRequest) => send(question, request)
  const answer = await answerOfCall(sendOne, question.operation, first)
  return predictionOf(question, answer, (raw) => fileOfAnswer(sendOne, question.operation, raw))
}
