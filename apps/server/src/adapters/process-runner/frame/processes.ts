import { keyedQueue } from '../../../lib/keyed-queue.ts'
import type { ProcessRecord } from '../process-records.ts'
import { unknownProcess } from '../process-runner.errors.ts'
import type { ProcessReport } from '../process-runner.ts'

/** One process of a runner. The frame calls `start`, `stop` and `forget` in turn, never two at once. */
export type FramedProcess = {
  readonly record: ProcessRecord
  report(): ProcessReport
  /** Starts it, unless it runs, and clears the exits that made it FATAL. */
  start(): Promise<void>
  /** Ends it, with everything that it has started. */
  stop(): Promise<void>
  /** Releases the process, which keeps running. Later events of it have no effect any more. */
  release(): void
  /** Closes its open resources, such as its log. Called after `release`, when no work of it is left. */
  close?(): Promise<void>
  /** Releases what it has besides its record, such as its port. Called after `stop` and `release`. */
  forget(): Promise<void>
}

/** The processes of a runner, and the work for each of them: one piece after the other, in the order of the calls. */
export class Processes<P extends FramedProcess> {
  readonly #known = new Map<string, P>()
  readonly #queue = keyedQueue()
  readonly #onError: (error: unknown) => void
  #signal: AbortSignal | null = null

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** Whether the runner manages them now. */
  get isOpen(): boolean {
    return this.#signal?.aborted === false
  }

  all(): P[] {
    return [...this.#known.values()]
  }

  has(id: string): boolean {
    return this.#known.has(id)
  }

  /** Returns a process; throws `process.unknown` if there is none. */
  find(id: string): P {
    const found = this.#known.get(id)
    if (!found) throw unknownProcess({ id })
    return found
  }

  put(process: P): void {
    this.#known.set(process.record.spec.id, process)
  }

  delete(id: string): void {
    this.#known.delete(id)
  }

  /** Carries out work when the turn of this process has come. */
  run<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.#queue.run(id, work)
  }

  /**
   * Carries out work in the background. If the runner is closed or the process removed when its turn comes, the work is
   * skipped.
   */
  later(id: string, work: (process: P) => Promise<void>): void {
    const carryOut = async () => {
      const process = this.#known.get(id)
      if (this.isOpen && process) await work(process)
    }
    this.run(id, carryOut).catch(this.#onError)
  }

  /** Begins managing the processes, until the signal aborts. */
  open(signal: AbortSignal): void {
    this.#signal = signal
  }

  /** Leaves all of them as they are, when the signal has aborted. */
  async close(): Promise<void> {
    for (const process of this.all()) process.release()
    await this.#queue.settled()
    await Promise.all(this.all().map(async (process) => process.close?.()))
    this.#known.clear()
  }
}
