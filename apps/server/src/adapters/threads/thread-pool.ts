import { createFairQueue, type FairBounds } from '../../lib/fair-queue.ts'
import { BoundedThread, type Outcome, type Tell } from './bounded-thread.ts'

/** Has a thread work on a request for at most `workMs` milliseconds. A thread that exceeds a bound, or that nobody waits for any more, is ended. */
export type Request<R, A, Q> = (request: R, workMs: number, tell?: Tell<Q>) => Promise<Outcome<A>>

/** Threads for work on what untrusted users wrote. */
export type ThreadPool<R, A, Q> = {
  /**
   * Runs `work` when it is a person's turn. Turns of one person come in the order of the calls; people take turns, so
   * that slow work of one delays that of another as little as possible.
   *
   * @param person one name for the person for whom the work is
   * @param signal aborts when nobody waits for the answer any more. The turn ends then, and rejects with its reason.
   */
  inTurn<T>(person: string, work: (request: Request<R, A, Q>) => Promise<T>, signal?: AbortSignal): Promise<T>
}

/**
 * Makes a pool. Its threads are started when they are needed.
 *
 * @param options.file the program of a thread
 * @param options.memoryMb the memory of one thread, in MiB
 * @param options.keptMs how long a thread without work is kept, in milliseconds; null: for ever
 */
export function createThreadPool<R, A, Q = never>(options: {
  file: URL
  memoryMb: number
  bounds: FairBounds
  keptMs: number | null
}): ThreadPool<R, A, Q> {
  type Thread = BoundedThread<R, A, Q>
  const { file, memoryMb, bounds, keptMs } = options
  const queue = createFairQueue(() => bounds)
  /** Threads without work. The next piece of work takes one of them, or a new thread. */
  const idle: Thread[] = []

  function takeIdle(): Thread | undefined {
    for (;;) {
      const thread = idle.pop()
      if (!thread || thread.isAlive) return thread
    }
  }

  function keep(thread: Thread): void {
    idle.push(thread)
    if (keptMs === null) return
    const end = () => {
      const at = idle.indexOf(thread)
      if (at >= 0) void idle.splice(at, 1)[0]?.end()
    }
    // One that works again by then is looked at again when it next rests.
    setTimeout(end, keptMs).unref()
  }

  const requestUntil =
    (signal?: AbortSignal): Request<R, A, Q> =>
    async (given, workMs, tell) => {
      signal?.throwIfAborted()
      const thread = takeIdle() ?? (await BoundedThread.start<R, A, Q>(file, memoryMb))
      try {
        const outcome = await thread.answer(given, workMs, tell, signal)
        if ('answer' in outcome) keep(thread)
        else await thread.end()
        return outcome
      } catch (error) {
        await thread.end()
        throw error
      }
    }

  return {
    async inTurn(person, work, signal) {
      const leave = await queue.enter(person, signal)
      try {
        return await work(requestUntil(signal))
      } finally {
        leave()
      }
    },
  }
}
