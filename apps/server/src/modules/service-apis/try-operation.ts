import type { ApiTrial, Json, Language } from '@vitrine/contract'
import { MemoryReclaimed } from '../../lib/memory-budget.ts'
import { predictionIn } from './answer-words.ts'
import { AnswerNotFitting, isJsonType, jsonOf } from './api-answer.ts'
import { askOperation, type Asked } from './ask-operation.ts'
import { failedPrediction, failureOfTrial } from './call-failures.ts'
import { trialReclaimed, trialRunning } from './service-apis.errors.ts'
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

type Trial = Asking & Element & Mapping & { language: Language }

/** The largest answer of a test call, in bytes, and the largest file in it that is sent to the page. */
const trialBytes = 16 * 1024 * 1024
const mostPreviewBytes = 4 * 1024 * 1024
/** How much of an answer in JSON becomes the result of a test call. Texts, such as a picture in base64, stay whole. */
const trialMost = { values: 100_000, text: Infinity } as const
/** The longest answer that is shown as it is, in characters of JSON. */
const mostShown = 256 * 1024

/** An answer as the page of the mapping shows it: files that are small enough are in it. */
function shownTrial({ prediction, files, raw, isCut }: Asked, seconds: number): ApiTrial {
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
 * same person is trying one already: each may take much memory.
 */
export async function tryOperation(deps: ServiceApisDeps, input: Trial): Promise<ApiTrial> {
  const { id: person } = input.actor
  if (deps.trying.has(person)) throw trialRunning({})
  deps.trying.add(person)
  try {
    const trial = await tryNow(deps, input)
    return { ...trial, prediction: predictionIn(trial.prediction, input.language) }
  } finally {
    deps.trying.delete(person)
  }
}

async function tryNow(deps: ServiceApisDeps, input: Trial): Promise<ApiTrial> {
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
      limitBytes: trialBytes,
      most: trialMost,
      signal: hold.signal,
    })
    return shownTrial(asked, seconds())
  } catch (error) {
    if (hold.signal.reason instanceof MemoryReclaimed) throw trialReclaimed({}, error)
    const failure = failureOfTrial(error, timeoutMs / 1000)
    if (!failure) throw error
    const prediction = failedPrediction(0, failure)
    return shownTrial({ prediction, files: [], raw: null, isCut: false, heldBytes: 0 }, seconds())
  } finally {
    hold.end()
  }
}
