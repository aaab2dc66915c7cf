import { setTimeout as delay } from 'node:timers/promises'

/** The factor by which the interval grows if it may slow down. */
const growth = 1.3

/**
 * Asks repeatedly until the answer is not null, undefined or false, and returns it; null after `timeoutMs`.
 * It asks every `everyMs`. With `slowingToMs` the interval grows up to that value. Rejects when `signal`
 * aborts.
 */
export async function waitFor<T>(
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  options: { timeoutMs: number; everyMs?: number; slowingToMs?: number; signal?: AbortSignal },
): Promise<T | null> {
  // The time of day may jump: a drain must not end early, and cut requests, because somebody has set the clock.
  const deadline = performance.now() + options.timeoutMs
  let everyMs = options.everyMs ?? 25
  const slowestMs = Math.max(everyMs, options.slowingToMs ?? everyMs)
  for (;;) {
    options.signal?.throwIfAborted()
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    if (performance.now() >= deadline) return null
    await delay(everyMs, undefined, { signal: options.signal })
    everyMs = Math.min(slowestMs, everyMs * growth)
  }
}
