import type { BrokenRule } from '@vitrine/contract'
import { once } from 'node:events'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { CheckRequest } from './schema-worker.ts'

/** Memory for all that a check makes, in MiB. */
const memoryMb = 128

// The build puts the worker's file beside the one that this becomes a part of.
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? 'schema-worker.ts' : 'schema-worker.js',
  import.meta.url,
)

/** A thread that makes one check at a time. A check can only be stopped by ending its thread. */
export class SchemaThread {
  readonly #worker: Worker
  #isAlive = true

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.once('exit', () => (this.#isAlive = false))
    // Who waits for its answer is told of an error; without anybody an error must not end the platform.
    worker.on('error', () => undefined)
    worker.unref()
  }

  static async start(): Promise<SchemaThread> {
    const worker = new Worker(workerFile, { resourceLimits: { maxOldGenerationSizeMb: memoryMb } })
    await once(worker, 'message')
    return new SchemaThread(worker)
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** The rules that the values break; null where the check takes longer than this or more memory than it may. */
  async answer(request: CheckRequest, longestMs: number): Promise<BrokenRule[] | null> {
    const over = new AbortController()
    const { signal } = over
    const answered = once(this.#worker, 'message', { signal }).then(
      ([broken]: BrokenRule[][]) => broken ?? null,
    )
    const late = async () => {
      await setTimeout(longestMs, null, { signal })
      // Where this thread itself was held up, the answer may be here already: messages come before this.
      await setImmediate(null, { signal })
      return null
    }
    this.#worker.postMessage(request)
    try {
      return await Promise.race([answered, late()])
    } catch (error) {
      if (isOutOfMemory(error)) return null
      throw error
    } finally {
      over.abort()
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

const isOutOfMemory = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
