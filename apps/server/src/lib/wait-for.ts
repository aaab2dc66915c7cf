import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks until the answer is neither null, undefined nor false, and returns it; null when the time is over.
 * Rejects when `signal` aborts.
 */
export async function waitFor<T>(
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  options: { timeoutMs: number; everyMs?: number; signal?: AbortSignal },
): Promise<T | null> {
  const deadline = Date.now() + options.timeoutMs
  for (;;) {
    options.signal?.throwIfAborted()
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    if (Date.now() >= deadline) return null
    await delay(options.everyMs ?? 25, undefined, { signal: options.signal })
  }
}
