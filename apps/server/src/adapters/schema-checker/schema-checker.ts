import type { BrokenRule, JsonSchema } from '@vitrine/contract'
import { once } from 'node:events'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import pLimit from 'p-limit'
import type { Clock } from '../../lib/clock.ts'
import type { CheckRequest } from './schema-worker.ts'

/** A longer schema, in characters, is left to the algorithm's own runtime. */
const longestSchema = 256 * 1024
/** Limit for compiling a schema and checking one request. Untrusted users write schemas, and a pattern can take for ever. */
const usualLongestMs = 1000
/** After this many timeouts in a row a schema is refused for a while. One alone may mean that the machine is busy. */
const mostTimeouts = 2
/** How long a slow schema is refused. Callers get the answer at once, and other checks do not wait. */
const restMs = 60_000
/** How many slow schemas are remembered. */
const mostRemembered = 200
/** Memory for all that a check makes, in MiB. */
const memoryMb = 128

/** The rules that values break, or that the schema is refused because checks by it take too long. */
export type CheckResult = { broken: BrokenRule[] } | { tooSlow: true }

/** Checks values by schemas that untrusted users wrote. */
export type SchemaChecker = {
  /**
   * Checks are made one after the other, in the order of the calls. A check that is not made breaks no rule: by an invalid or a very long
   * schema, or the first that takes too long. The algorithm's own runtime checks as well.
   */
  check(schema: JsonSchema, values: CheckRequest['values']): Promise<CheckResult>
}

// The build puts the worker's file beside the one that this becomes a part of.
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? 'schema-worker.ts' : 'schema-worker.js',
  import.meta.url,
)

type Trouble = { timeouts: number; restsUntil: number }

/** A checker on a thread of its own, which is started when it is needed and ended when a check takes too long. */
class ThreadedChecker implements SchemaChecker {
  readonly #clock: Clock
  readonly #longestMs: number
  readonly #inTurn = pLimit(1)
  readonly #troubles = new Map<string, Trouble>()
  #worker: Worker | null = null

  constructor(clock: Clock, longestMs: number) {
    this.#clock = clock
    this.#longestMs = longestMs
  }

  async check(schema: JsonSchema, values: CheckRequest['values']): Promise<CheckResult> {
    if (Object.keys(schema).length === 0) return { broken: [] }
    const text = JSON.stringify(schema)
    if (text.length > longestSchema) return { broken: [] }
    return this.#inTurn(() => this.#checkNow({ schema: text, values }))
  }

  async #checkNow(request: CheckRequest): Promise<CheckResult> {
    const trouble = this.#troubles.get(request.schema)
    if (trouble && trouble.restsUntil > this.#clock().getTime()) return { tooSlow: true }
    const worker = await this.#ready()
    const broken = await answerOf(worker, request, this.#longestMs)
    if (broken !== null) {
      this.#troubles.delete(request.schema)
      return { broken }
    }
    this.#worker = null
    await worker.terminate()
    const timeouts = (trouble?.timeouts ?? 0) + 1
    this.#remember(request.schema, timeouts)
    return timeouts >= mostTimeouts ? { tooSlow: true } : { broken: [] }
  }

  async #ready(): Promise<Worker> {
    if (this.#worker) return this.#worker
    const worker = new Worker(workerFile, { resourceLimits: { maxOldGenerationSizeMb: memoryMb } })
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = null
    })
    await once(worker, 'message')
    // Who waits for its answer is told of an error; without anybody an error must not end the platform.
    worker.on('error', () => undefined)
    worker.unref()
    this.#worker = worker
    return worker
  }

  #remember(schema: string, timeouts: number): void {
    const rests = timeouts >= mostTimeouts
    this.#troubles.delete(schema)
    const [oldest] = this.#troubles.keys()
    if (this.#troubles.size >= mostRemembered && oldest !== undefined) this.#troubles.delete(oldest)
    const restsUntil = rests ? this.#clock().getTime() + restMs : 0
    this.#troubles.set(schema, { timeouts, restsUntil })
  }
}

/** What the worker answers; null where it takes too long or more memory than it may. */
async function answerOf(
  worker: Worker,
  request: CheckRequest,
  longestMs: number,
): Promise<BrokenRule[] | null> {
  const over = new AbortController()
  const { signal } = over
  const answered = once(worker, 'message', { signal }).then(([broken]: BrokenRule[][]) => broken ?? null)
  const late = async () => {
    await setTimeout(longestMs, null, { signal })
    // Where this thread itself was held up, the answer may be here already: messages come before this.
    await setImmediate(null, { signal })
    return null
  }
  worker.postMessage(request)
  try {
    return await Promise.race([answered, late()])
  } catch (error) {
    if (isOutOfMemory(error)) return null
    throw error
  } finally {
    over.abort()
  }
}

const isOutOfMemory = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'

/** Makes one. A check takes at most `longestMs` milliseconds. */
export const createSchemaChecker = (clock: Clock, longestMs = usualLongestMs): SchemaChecker =>
  new ThreadedChecker(clock, longestMs)
