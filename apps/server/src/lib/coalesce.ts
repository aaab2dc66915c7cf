import { setTimeout as delay } from 'node:timers/promises'

/**
 * Wraps work so that it never runs twice at once. Callers during a round share the next round, so every
 * answer was found after its caller asked.
 *
 * @param rest how long to wait before the next round, as a multiple of the duration of the last one. With 1,
 * work that is asked for all the time takes at most half of the time. Callers after the rest do not wait.
 */
export function coalesce<T>(work: () => Promise<T>, rest = 0): () => Promise<T> {
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
