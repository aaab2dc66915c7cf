import type { ApiTestCall, Json, Language } from '@vitrine/contract'
import { MemoryReclaimed } from '../../lib/memory-budget.ts'
import { predictionIn } from './answer-words.ts'
import { AnswerNotFitting, isJsonType, jsonOf } from './api-answer.ts'
import { askOperation, type Asked } from './ask-operation.ts'
import { failedPrediction, failureOfTestCall } from './call-failures.ts'
import { testCallReclaimed, testCallRunning } from './service-apis.errors.ts'
import {
  fitting,
  operationFor,
  requireReadable,
  servedBy,
  type Asking,
  type Element,
  type Mapping,
  type ServiceApisDeps,
} from './service-apis.usecases.ts'
import { suggestAnswers } from './suggest-answer.ts'

type TestCallInput = Asking & Element & Mapping & { language: Language }

/** The largest answer of a test call, in bytes, and the largest file in it that is sent to the page. */
const testCallBytes = 16 * 1024 * 1024
const mostPreviewBytes = 4 * 1024 * 1024
/** How much of an answer in JSON becomes the result of a test call. Texts, such as a picture in base64, stay whole. */
const testCallMost = { values: 100_000, text: Infinity } as const
/** The longest answer that is shown as it is, in characters of JSON. */
const mostShown = 256 * 1024

/** An answer as the page of the mapping shows it: files that are small enough are in it. */
function shownTestCall({ prediction, files, raw, isCut }: Asked, seconds: number): ApiTestCall {
  const urls = files
    .filter(({ content, mime }) => content.length <= mostPreviewBytes && mime.startsWith('image/'))
    .map(({ name, mime, content }) => ({ name, url: `data:${mime};base64,${content.toString('base64')}` }))
  const outputs = prediction.outputs.map((output) => {
    const url =
      typeof output.data === 'object' && output.data !== null && 'url' in output.data ? output.data.url : ''
    const inline = urls.find(({ name }) => String(url).endsWith(name))
    return inline && typeof output.data === 'object' && !Array.isArray(output.data)
      ? { ...output, data: { ...output.data, url: inline.url } }
      : output
  })
  return {
    status: raw?.status ?? null,
    mime: raw?.mime ?? '',
    took_s: seconds,
    answer: raw && isJsonType(raw.mime) && raw.body.length <= mostShown ? jsonOrNull(raw) : null,
    suggestions: raw && raw.status >= 200 && raw.status < 300 ? suggestAnswers(raw) : [],
    prediction: { ...prediction, outputs },
    is_cut: isCut,
  }
}

function jsonOrNull(raw: NonNullable<Asked['raw']>): Json {
  try {
    return jsonOf(raw)
  } catch (error) {
    if (error instanceof AnswerNotFitting) return null
    throw error
  }
}

/**
 * Calls an operation on real data. What the service refuses is part of the answer. Throws `service_api.trial_running` if the
 * person’s last test call has not ended: each may take much memory.
 */
export async function makeTestCall(deps: ServiceApisDeps, input: TestCallInput): Promise<ApiTestCall> {
  const { id: person } = input.actor
  if (deps.testCallers.has(person)) throw testCallRunning({})
  deps.testCallers.add(person)
  try {
    const testCall = await callNow(deps, input)
    return { ...testCall, prediction: predictionIn(testCall.prediction, input.language) }
  } finally {
    deps.testCallers.delete(person)
  }
}

async function callNow(deps: ServiceApisDeps, input: TestCallInput): Promise<ApiTestCall> {
  const served = await servedBy(deps, input)
  const { operation } = fitting(input.operation, await operationFor(deps, served, input))
  await requireReadable(deps, input.actor, input.input)
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1000
  const timeoutMs = served.service.options.timeoutS * 1000
  const hold = deps.memory.open(input.actor.id, AbortSignal.timeout(timeoutMs))
  try {
    const asked = await askOperation({
      endpoint: served.endpoint,
      serviceId: served.service.id,
      operation,
      index: 0,
      element: input.input,
      parameters: input.parameters,
      readMedia: deps.readMedia,
      hold,
      silenceMs: timeoutMs,
      limitBytes: testCallBytes,
      most: testCallMost,
      signal: hold.signal,
    })
    return shownTestCall(asked, seconds())
  } catch (error) {
    if (hold.signal.reason instanceof MemoryReclaimed) throw testCallReclaimed({}, error)
    const failure = failureOfTestCall(error, timeoutMs / 1000)
    if (!failure) throw error
    const prediction = failedPrediction(0, failure)
    return shownTestCall({ prediction, files: [], raw: null, isCut: false, heldBytes: 0 }, seconds())
  } finally {
    hold.end()
  }
}
