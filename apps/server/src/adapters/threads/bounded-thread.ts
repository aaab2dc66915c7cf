import { setImmediate, setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { hasCode } from '../../lib/code-of-error.ts'
import type { FromThread, ToThread } from './thread-messages.ts'

/** Why a thread gave no answer: its work took too long, or more memory than it may have. */
export type Exceeded = 'time' | 'memory'
export type Outcome<A> = { answer: A } | { exceeded: Exceeded }

/** Answers what a thread asks while it works, for example the text of a file. A rejection passes to the thread. */
export type Tell<Q> = (question: Q) => Promise<unknown>

declare module 'node:worker_threads' {
  interface Worker {
    /** The processor time that the thread has used, in microseconds. Node has it since 24.6. */
    cpuUsage?(): Promise<{ user: number; system: number }>
  }
}

/** The time after which a thread that waits for others is looked at again, in ms. */
const leastWaitMs = 20
/** How long a thread is asked for its processor time, in ms. It tells nothing while native code such as `JSON.parse` works. */
const longestAskMs = 200
/** On a busy machine, work may take this many times the processor time that it is given. */
const mostStretch = 20

/**
 * The file of a worker that stands beside the module with this address. The build puts workers beside the bundle that such
 * a module becomes a part of.
 */
export const workerBeside = (moduleUrl: string, name: string): URL =>
  new URL(moduleUrl.endsWith('.ts') ? `${name}.ts` : `${name}.js`, moduleUrl)

/**
 * A thread that does one piece of work at a time, for work on what untrusted users wrote. JavaScript that takes for ever
 * can only be stopped by ending its thread. `R` is a request, `A` its answer and `Q` what the thread asks meanwhile.
 */
export class BoundedThread<R, A, Q = never> {
  readonly #worker: Worker
  #isAlive = true

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.once('exit', () => (this.#isAlive = false))
    // A caller that waits for the answer gets the error. If nobody waits, an error must not end the platform.
    worker.on('error', () => undefined)
    worker.unref()
  }

  /** Starts one. `memoryMb` bounds all that it makes, in MiB. Rejects if its program cannot start. */
  static async start<R, A, Q>(file: URL, memoryMb: number): Promise<BoundedThread<R, A, Q>> {
    const worker = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: memoryMb } })
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    return new BoundedThread<R, A, Q>(worker)
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /**
   * The answer to a request. The thread may use `workMs` milliseconds of processor time for it; time in which it waits does
   * not count, for what it asked or for a busy processor. Rejects with the error that ended the thread, or with the reason of
   * `signal` when that aborts; the thread still works then, and is of no further use.
   */
  async answer(request: R, workMs: number, tell?: Tell<Q>, signal?: AbortSignal): Promise<Outcome<A>> {
    signal?.throwIfAborted()
    const over = new AbortController()
    const answered = this.#answered(tell, over.signal)
    const late = this.#late(workMs, over.signal)
    const left = rejection(signal, over.signal)
    this.#send({ request })
    try {
      return await Promise.race([answered, late, left])
    } catch (error) {
      if (isOutOfMemory(error)) return { exceeded: 'memory' }
      throw error
    } finally {
      over.abort()
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #send(message: ToThread<R>): void {
    this.#worker.postMessage(message)
  }

  #answered(tell: Tell<Q> | undefined, signal: AbortSignal): Promise<Outcome<A>> {
    return new Promise((resolve, reject) => {
      const listen = (message: FromThread<A, Q>) => {
        if ('answer' in message) resolve(message)
        else if ('question' in message) void this.#reply(message, tell)
      }
      this.#worker.on('message', listen).on('error', reject)
      signal.addEventListener('abort', () => this.#worker.off('message', listen).off('error', reject))
    })
  }

  async #reply({ id, question }: { id: number; question: Q }, tell: Tell<Q> | undefined): Promise<void> {
    try {
      this.#send({ id, told: await tell?.(question) })
    } catch (error) {
      this.#send({ id, failed: error instanceof Error ? error : new Error(String(error)) })
    }
  }

  /** Resolves when the thread has worked for this long. Rejects when the signal aborts. */
  async #late(workMs: number, signal: AbortSignal): Promise<Outcome<A>> {
    const worked = this.#stopwatch()
    for (let left = workMs; left > 0; left = workMs - (await worked()))
      await setTimeout(Math.max(left, leastWaitMs), null, { signal })
    // Where this thread itself was held up, the answer may be here already: messages come before this.
    await setImmediate(null, { signal })
    return { exceeded: 'time' }
  }

  /** Begins to measure the work of the thread. What it returns tells how long the thread has worked since, in ms. */
  #stopwatch(): () => Promise<number> {
    const activeBefore = this.#activeMs()
    const usedBefore = this.#usedMs()
    return async () => {
      const active = this.#activeMs() - activeBefore
      const used = Promise.all([this.#usedMs(), usedBefore]).then(([now, before]) => now - before)
      const told = await Promise.race([used, setTimeout(longestAskMs, 0)])
      return Math.max(told, active / mostStretch)
    }
  }

  /** The time in which the thread did not wait for messages, in ms. On a busy machine much of it is not its work. */
  #activeMs(): number {
    return this.#worker.performance.eventLoopUtilization().active
  }

  /** The processor time that the thread has used, in ms; where Node cannot tell, the time in which it was active. */
  async #usedMs(): Promise<number> {
    if (!this.#worker.cpuUsage) return this.#activeMs()
    // A thread that has ended tells nothing more.
    const { user, system } = await this.#worker.cpuUsage().catch(() => ({ user: 0, system: 0 }))
    return (user + system) / 1000
  }
}

/** Rejects when `signal` aborts. `over` ends the waiting for that. */
const rejection = (signal: AbortSignal | undefined, over: AbortSignal) =>
  new Promise<never>((_resolve, reject) =>
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over }),
  )

const isOutOfMemory = (error: unknown) => hasCode(error, 'ERR_WORKER_OUT_OF_MEMORY')
