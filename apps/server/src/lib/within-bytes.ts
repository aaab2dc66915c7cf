import { setTimeout } from 'node:timers/promises'
import type { FolderSize } from './folder-sizes.ts'

/** How long work may take before it is measured, in milliseconds. Most ends sooner. */
const firstAfterMs = 2_000
/** After a measurement, the disk is left alone for this many times as long as it took. */
const restFactor = 20
/** Work with very many files does not gain more time than this, in milliseconds. */
const longestRestMs = 10_000

/** What work may take on the disk, how that is found out, and what is said of too much. */
export type DiskBound = {
  limitBytes: number
  measure: (signal: AbortSignal) => Promise<FolderSize>
  tooMuch: (limitBytes: number) => Error
  /** Waits until it is measured again. Without it, as long as it is told. */
  wait?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined
}

const machineWait = (ms: number, signal: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal })

/**
 * Does work of a program that may be hostile, such as a build, which is measured again and again meanwhile. When it takes too much, the signal that the work gets is
 * aborted, and this rejects with what `tooMuch` says. A failure to measure ends the work as well, because otherwise nothing would
 * bound it.
 */
export async function withinBytes<T>(
  { limitBytes, measure, tooMuch, wait = machineWait }: DiskBound,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  const over = new AbortController()
  const watched = AbortSignal.any([over.signal, signal])

  async function watch(): Promise<void> {
    let restMs = firstAfterMs
    for (;;) {
      await wait(restMs, stop.signal)
      const began = performance.now()
      const size = await measure(stop.signal)
      if (size === 'too slow' || size > limitBytes) throw tooMuch(limitBytes)
      restMs = Math.min(Math.max(firstAfterMs, (performance.now() - began) * restFactor), longestRestMs)
    }
  }

  const watching = watch().catch((error: unknown) => {
    if (!stop.signal.aborted) over.abort(error)
  })
  try {
    const done = await work(watched)
    over.signal.throwIfAborted()
    return done
  } catch (error) {
    // The command that was ended may fail in its own words first.
    over.signal.throwIfAborted()
    throw error
  } finally {
    stop.abort()
    await watching
  }
}
