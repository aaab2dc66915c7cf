import type { ApiOperation, Prediction, PredictResponse } from '@vitrine/contract'
import { connectionWords } from '../../../lib/connection-words.ts'
import type { Hold } from '../../../lib/memory-budget.ts'
import { mostAnswerBytes, mostValueBytes } from '../../instances/instance-facts.ts'
import { askOperation, type Asked } from '../../service-apis/ask-operation.ts'
import { ApiAnswerTooLarge, ApiUnreachable, type AnswerPart } from '../../service-apis/call-failures.ts'
import type { ReadMedia } from '../../service-apis/input-media.ts'
import { silenceMs, type InstanceCall } from './instance-call.ts'
import type { GeneratedFiles } from '../files/generated-files.ts'
import type { PredictEvent } from '../events/run-events.ts'
import { answerTooLarge, instanceUnreachable } from '../runs.errors.ts'

/**
 * The largest total size of the files of one run that are made from answers, in bytes. The files are on disk until they
 * are stored.
 */
const mostFileBytes = 256 * 1024 * 1024

/** A call of an instance by an operation of its own API. */
export type OperationCall = InstanceCall & {
  operation: ApiOperation
  readMedia: ReadMedia
  /** Takes the files that are made from the answers. */
  files: Pick<GeneratedFiles, 'add'>
}

const statusOf = (predictions: readonly Prediction[]): PredictResponse['status'] => {
  const good = predictions.filter(({ status }) => status === 'succeeded').length
  if (good === predictions.length) return 'succeeded'
  return good > 0 ? 'partial' : 'failed'
}

async function ask(call: OperationCall, index: number, hold: Pick<Hold, 'take' | 'give'>): Promise<Asked> {
  const { endpoint, serviceId, operation, readMedia, signal, body } = call
  const element = body.input_data[index] ?? null
  const { parameters } = body
  const limitBytes = mostAnswerBytes
  try {
    return await askOperation({
      endpoint,
      serviceId,
      operation,
      index,
      element,
      parameters,
      readMedia,
      hold,
      silenceMs,
      limitBytes,
      signal,
    })
  } catch (error) {
    if (error instanceof ApiUnreachable)
      throw instanceUnreachable({ service_id: serviceId, cause: connectionWords(error) }, error)
    if (error instanceof ApiAnswerTooLarge)
      throw answerTooLarge({ service_id: serviceId, limit_bytes: error.limitBytes, part: error.part }, error)
    throw error
  }
}

/** The results of a run so far. */
type Collected = { predictions: Prediction[]; fileBytes: number; textBytes: number; valueBytes: number }

/**
 * Sends one element and adds its result. Of the memory that this takes, only that of the result is held until the run
 * ends. The results of all elements together may be as large as one answer of a package of our own runtimes.
 */
async function collect(call: OperationCall, index: number, all: Collected): Promise<void> {
  const { hold, files } = call
  let taken = 0
  const own = {
    take: async (bytes: number) => {
      await hold.take(bytes)
      taken += bytes
    },
    give: (bytes: number) => {
      taken -= bytes
      hold.give(bytes)
    },
  }
  try {
    const { prediction, files: made, raw, heldBytes } = await ask(call, index, own)
    for (const file of made) all.fileBytes += await files.add(file)
    await hold.take(heldBytes)
    all.valueBytes += heldBytes
    if (heldBytes > 0) all.textBytes += raw?.body.length ?? 0
    requireSmall(call, all)
    all.predictions.push(prediction)
  } finally {
    hold.give(taken)
  }
}

/** Throws `run.answer_too_large` if the results of all elements together are more than one answer may be. */
function requireSmall({ serviceId: service_id }: OperationCall, all: Collected): void {
  const tooLarge = (limit_bytes: number, part: AnswerPart) =>
    answerTooLarge({ service_id, limit_bytes, part })
  if (all.fileBytes > mostFileBytes) throw tooLarge(mostFileBytes, 'text')
  if (all.textBytes > mostAnswerBytes) throw tooLarge(mostAnswerBytes, 'text')
  if (all.valueBytes > mostValueBytes) throw tooLarge(mostValueBytes, 'values')
}

/**
 * Sends each element to an operation of an instance's own API, one after the other, and yields the events of the
 * algorithm contract. Throws what `callInstance` throws, and `run.answer_too_large`.
 */
export async function* callOperation(call: OperationCall): AsyncGenerator<PredictEvent> {
  const { body, id } = call
  const startedAt = performance.now()
  await call.onAnswer(false)
  yield { event: 'start', data: { id, batch_id: body.batch_id } }
  const all: Collected = { predictions: [], fileBytes: 0, textBytes: 0, valueBytes: 0 }
  for (const index of body.input_data.keys()) {
    await collect(call, index, all)
    const progress = (index + 1) / body.input_data.length
    if (progress < 1) yield { event: 'progress', data: { index, progress } }
  }
  const tookS = (performance.now() - startedAt) / 1000
  yield { event: 'completed', data: responseOf(call, all.predictions, tookS) }
}

/** The results of all elements in the form of the algorithm contract. `tookS` is in seconds. */
function responseOf({ id, body }: OperationCall, predictions: Prediction[], tookS: number): PredictResponse {
  const status = statusOf(predictions)
  return {
    id,
    batch_id: body.batch_id,
    status,
    predictions,
    metrics: { predict_time: tookS },
    logs: '',
    error: status === 'failed' ? (predictions[0]?.error ?? null) : null,
  }
}
