import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { inspect } from 'node:util'
import { BadOutput, outputReasonOf } from './bad-output.ts'
import { encode } from './encode.ts'
import { loadAlgorithm, type Algorithm, type Tools } from './loading.ts'
import type {
  CallRequest,
  ConfigRequest,
  ElementResult,
  FromWorker,
  ToWorker,
  WorkerStart,
} from './messages.ts'
import { outputsOf } from './outputs.ts'
import { capturePrinted, PrintedLines, printing } from './printed.ts'
import { publishedFiles } from './published.ts'
import { takeConfig } from './take-config.ts'

/**
 * How long a generator that does not wait for anything may hold the thread. Then the thread takes a turn: it reads its
 * messages, such as the end of this call.
 */
const longestTurnMs = 20

const wordsOf = (error: unknown) =>
  error instanceof Error ? `${error.name}: ${error.message}` : inspect(error)
const stackOf = (error: unknown) =>
  error instanceof Error ? (error.stack ?? wordsOf(error)) : inspect(error)

const isObjectLike = (value: unknown): value is object => typeof value === 'object' && value !== null
const isAsyncStream = (value: unknown): value is AsyncIterable<unknown> =>
  isObjectLike(value) && Symbol.asyncIterator in value
const isStream = (value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> =>
  isAsyncStream(value) || (isObjectLike(value) && Symbol.iterator in value && 'next' in value)

function listOf(returned: unknown, count: number): unknown[] {
  if (!Array.isArray(returned))
    throw new BadOutput('output.no_list', {
      type: returned === null ? 'null' : typeof returned,
      count,
    })
  if (returned.length !== count) throw new BadOutput('output.count', { returned: returned.length, count })
  return returned
}

/** Tells the algorithm of changed variables; never rejects. */
const configured = (algorithm: Algorithm, { id, changes }: ConfigRequest): Promise<FromWorker> =>
  takeConfig(algorithm, changes).then(
    () => ({ type: 'configured', id, stack: null }),
    (error: unknown) => ({ type: 'configured', id, stack: stackOf(error) }),
  )

/**
 * Runs in the worker thread: loads the algorithm and calls it for the main thread, for the life of the
 * process.
 */
export async function runWorkerThread(): Promise<void> {
  const port = parentPort
  if (!port) throw new Error('this is the main thread')
  const start: WorkerStart = workerData
  const post = (message: FromWorker) => port.postMessage(message)
  capturePrinted()
  const files = publishedFiles(start.outputsFolder)
  const aborts = new Map<number, AbortController>()
  let algorithm: Algorithm
  try {
    algorithm = await loadAlgorithm(start.entry, start.exportName)
    await algorithm.setup()
  } catch (error) {
    post({ type: 'setup-failed', detail: wordsOf(error), stack: stackOf(error) })
    return
  }

  const encoded = (value: unknown, prefix: string) =>
    encode(
      outputsOf(value, start.kind, (path) => files.publish(path, prefix)),
      (path) => files.publish(path, prefix)?.data ?? path,
    )
  const elementResult = (value: unknown, prefix: string): ElementResult => {
    try {
      return { outputs: encoded(value, prefix) }
    } catch (error) {
      return { reason: outputReasonOf(error) }
    }
  }
  const toolsFor = (id: number, lines: PrintedLines, signal: AbortSignal): Tools => ({
    progress(fraction, message) {
      if (!Number.isFinite(fraction)) throw new TypeError('progress needs a number from 0 to 1')
      post({ type: 'progress', id, progress: Math.min(1, Math.max(0, fraction)), message: message ?? null })
    },
    log: (...words) =>
      lines.write(
        'stdout',
        `${words.map((word) => (typeof word === 'string' ? word : inspect(word))).join(' ')}\n`,
      ),
    signal,
  })
  const call = async (request: CallRequest, tools: Tools): Promise<FromWorker> => {
    const { id, elements, prefixes } = request
    const returned: unknown = await algorithm.predict(elements, request.parameters, tools)
    if (!isStream(returned) || Array.isArray(returned)) {
      const values = listOf(returned, elements.length)
      return {
        type: 'returned',
        id,
        results: values.map((value, at) => elementResult(value, prefixes[at] ?? '')),
      }
    }
    if (!request.single) return { type: 'streams', id }
    let turn = performance.now()
    for await (const value of returned) {
      if (performance.now() - turn > longestTurnMs) {
        await setImmediate()
        turn = performance.now()
      }
      tools.signal.throwIfAborted()
      post({ type: 'value', id, outputs: encoded(value, prefixes[0] ?? '') })
    }
    return { type: 'streamed', id }
  }
  const answer = async (request: CallRequest) => {
    const { id } = request
    const abort = new AbortController()
    aborts.set(id, abort)
    const lines = new PrintedLines((stream, text) => post({ type: 'log', id, stream, text }))
    const result = await printing
      .run(lines, () => call(request, toolsFor(id, lines, abort.signal)))
      .catch((error: unknown): FromWorker => {
        const failure = error instanceof BadOutput ? { badOutput: error.reason } : { message: wordsOf(error) }
        return { type: 'raised', id, ...failure, stack: stackOf(error) }
      })
    lines.flush()
    aborts.delete(id)
    post(result)
  }
  port.on('message', (message: ToWorker) => {
    if (message.type === 'abort') aborts.get(message.id)?.abort()
    else if (message.type === 'configure') void configured(algorithm, message).then(post)
    else void answer(message)
  })
  post({ type: 'ready', streams: algorithm.streams, takesConfig: algorithm.onConfig !== null })
}
