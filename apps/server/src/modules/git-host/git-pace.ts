import { PassThrough, type Readable } from 'node:stream'
import type { GitAnswer } from '../../adapters/code-host/git-http-backend.ts'
import { errorPacket, wholePackets } from '../../adapters/code-host/git-answer-packets.ts'
import type { Language } from '../../lib/errors.ts'
import { speedMeter, type LowestSpeed } from '../../lib/lowest-speed.ts'
import { gitTooSlow } from './git-host.errors.ts'

/** The longest time between two looks at whether git waits for the other side, in milliseconds. */
const longestTickMs = 1_000

/**
 * Slow enough for every line on which a clone makes sense, and long enough for a git that compresses before it sends. Whoever takes or sends
 * less would else hold a place of the queue for as long as they like.
 */
export const usualGitSpeed: LowestSpeed = { bytesPerS: 10_000, overMs: 5 * 60_000 }

/** Whether somebody reads the body, and its sender has not sent what they wait for. */
const isAwaited = (body: Readable): boolean =>
  body.readableFlowing !== null && body.readableLength === 0 && !body.readableEnded && !body.destroyed

/** One request of git: its body, and who waits for an answer. */
type Paced = { body?: Readable; language: Language; isPush?: boolean }

/**
 * Ends a request of git whose other side takes the answer, or sends the body, too slowly. Only time counts for which it is waited for, not
 * the work of git. `over` aborts once git has ended then: its place is free, although what is already under way to the other side may take
 * long to arrive, with an error at its end that git prints.
 */
export function gitPace(speed: LowestSpeed, { body: received, language, isPush = false }: Paced) {
  const error = gitTooSlow({ bytes_per_second: speed.bytesPerS, seconds: speed.overMs / 1_000 })
  const over = new AbortController()
  const meter = speedMeter(speed)
  const body = new PassThrough()
  // A body that is ended because its sender is gone has told so by then.
  body.on('error', () => undefined)
  let isReading = false
  let isTooSlow = false

  function receive(): void {
    if (!received) return void body.end()
    // The client has left while it waited for its turn.
    if (received.destroyed && !received.readableEnded) return void body.destroy()
    received.on('data', (chunk: Buffer) => meter.passed(chunk.length))
    received.once('close', () => void (received.readableEnded || body.destroy()))
    received.pipe(body)
  }

  /** Looks again and again whether the other side is waited for. Calls `end` when it is too slow. */
  function watch(end: () => void): () => void {
    const everyMs = Math.min(longestTickMs, speed.overMs / 10)
    const timer = setInterval(() => {
      if (isTooSlow || !(isReading || isAwaited(body))) return
      isTooSlow = meter.isTooSlow(everyMs)
      if (isTooSlow) end()
    }, everyMs)
    return () => clearInterval(timer)
  }

  /** Passes on an answer of git. Throws `git.too_slow` if nothing of it was passed on yet. */
  async function* answerAtPace(answer: GitAnswer): GitAnswer {
    receive()
    const packets = wholePackets(answer)
    const stop = watch(() => {
      body.destroy()
      // While git works, it ends with its body.
      if (isReading) void packets.return().finally(() => over.abort())
    })
    let last: Buffer | null = null
    let hasHead = false
    try {
      for (;;) {
        const { value, done } = await packets.next()
        if (isTooSlow || done) break
        isReading = true
        yield value
        isReading = false
        hasHead = true
        if (!Buffer.isBuffer(value)) continue
        last = value
        meter.passed(value.length)
      }
    } catch (failure) {
      if (!isTooSlow) throw failure
    } finally {
      stop()
      await packets.return()
    }
    if (!isTooSlow) return
    over.abort()
    if (!hasHead) throw error
    const message = errorPacket(last, error.messageIn(language), isPush)
    if (message) yield message
  }

  return { body, over: over.signal, answerAtPace, isTooSlow: () => isTooSlow }
}
