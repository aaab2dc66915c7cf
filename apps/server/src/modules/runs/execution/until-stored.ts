import { setTimeout as delay } from 'node:timers/promises'
import { retryUntilReachable } from '../../../adapters/database/database-retry.ts'

/** The pause after an attempt that was refused, or that lasted a minute because the database was away, in milliseconds. */
const usualPauseMs = 5_000

/**
 * Writes what nobody would write later, however long it takes: a run whose end is not stored would count as running until the
 * next control plane looks. Once `left` has aborted, that one does, and what is still not written then rejects.
 */
export async function untilStored(
  write: () => Promise<unknown>,
  {
    left,
    onFailure,
    pauseMs = usualPauseMs,
  }: { left: AbortSignal; onFailure: (error: unknown) => void; pauseMs?: number | undefined },
): Promise<void> {
  for (;;) {
    try {
      return await retryUntilReachable(write)
    } catch (error) {
      if (left.aborted) throw error
      onFailure(error)
      await delay(pauseMs, undefined, { signal: left }).catch(() => undefined)
      if (left.aborted) throw error
    }
  }
}
