import { setImmediate } from 'node:timers/promises'

/** How long work usually goes on before others have their turn, in milliseconds. */
const usualTurnMs = 10
/** After how many pauses of the work the clock is looked at, which is slower than a count. */
const pausesPerLook = 32

/**
 * Does work on values that can have millions of parts, and lets others have their turn meanwhile: it would else hold up the whole
 * control plane. The work is a generator that pauses after each few parts. What it works on must not change until it is done. Resolves
 * with what the generator returns.
 *
 * @param turnMs how long it goes on before others have their turn, in milliseconds
 */
export async function inTimeSlices<T>(work: Generator<unknown, T>, turnMs = usualTurnMs): Promise<T> {
  let turnEnds = performance.now() + turnMs
  let pauses = 0
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    pauses += 1
    if (pauses % pausesPerLook !== 0 || performance.now() < turnEnds) continue
    await setImmediate()
    turnEnds = performance.now() + turnMs
  }
}
