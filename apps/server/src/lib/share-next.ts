import { setTimeout as delay } from 'node:timers/promises'

/**
 * Makes of a piece of work one that is never done twice at once: who asks while it runs shares the next round, so that
 * everybody gets an answer that was found after they asked.
 *
 * @param rest how long the next round waits, in times of what the last one took: with 1, work that is asked for all the time takes half
 * of the time at most. Who asks after that rest does not wait.
 */
export function shareNext<T>(work: () => Promise<T>, rest = 0): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve()
  let waiting: Promise<T> | null = null
  let restUntil = 0

  async function round(): Promise<T> {
    const begun = performance.now()
    try {
      return await work()
    } finally {
      const ended = performance.now()
      restUntil = ended + rest * (ended - begun)
    }
  }

  const rested = async () => {
    const left = restUntil - performance.now()
    if (left > 0) await delay(left)
  }

  return () => {
    waiting ??= running.then(rested).then(() => {
      const mine = round()
      running = mine.catch(() => undefined)
      waiting = null
      return mine
    })
    return waiting
  }
}
