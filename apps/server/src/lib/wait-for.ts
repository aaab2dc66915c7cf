import { setTimeout as delay } from 'node:timers/promises'

/** By how much a wait grows where it may. */
const growth = 1.3

/**
 * Asks until the answer is neither null, undefined nor false, and returns it; null when the time is over. It asks every `everyMs`, where
 * `slowingToMs` is given ever less often, down to every so many. Rejects when `signal` aborts.
 */
export async function waitFor<T>(
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  options: { timeoutMs: number; everyMs?: number; slowingToMs?: number; signal?: AbortSignal },
): Promise<T | null> {
  const deadline = Date.now() + options.timeoutMs
  let everyMs = options.everyMs ?? 25
  const slowestMs = Math.max(everyMs, options.slowingToMs ?? everyMs)
  for (;;) {
    options.signal?.throwIfAborted()
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    if (Date.now() >= deadline) return null
    await delay(everyMs, undefined, { signal: options.signal })
    everyMs = Math.min(slowestMs, everyMs * growth)
  }
}
