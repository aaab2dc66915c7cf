import { setTimeout as delay } from 'node:timers/promises'

const firstPauseMs = 250
const longestPauseMs = 5_000

/** Waits for a time, or until the signal aborts. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal, ref: false }).catch(() => undefined)

/**
 * Tries work again and again until the signal aborts, with pauses that grow up to 5 s. The pauses start small again
 * after an attempt that has called `succeeded`, for example one that was connected for a time. The work reports its
 * errors itself.
 */
export async function keepTrying(
  work: (succeeded: () => void) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = firstPauseMs
  while (!signal.aborted) {
    await work(() => {
      pauseMs = firstPauseMs
    })
    if (signal.aborted) return
    await pause(pauseMs, signal)
    pauseMs = Math.min(longestPauseMs, pauseMs * 2)
  }
}
