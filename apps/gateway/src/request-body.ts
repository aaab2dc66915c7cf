import type { IncomingMessage } from 'node:http'
import { Transform, type TransformCallback } from 'node:stream'

/** A body up to this size is gathered first: one write instead of a stream, and it can be sent again. */
export const gatheredBytes = 16_384

/** Passes a body on and counts it; calls `onOver` once instead of passing on what is over the limit. */
class LimitedBody extends Transform {
  readonly #limit: number
  readonly #onOver: () => void
  #bytes = 0

  constructor(limit: number, onOver: () => void) {
    super()
    this.#limit = limit
    this.#onOver = onOver
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const before = this.#bytes
    this.#bytes += chunk.length
    if (this.#bytes <= this.#limit) return done(null, chunk)
    if (before <= this.#limit) this.#onOver()
  }
}

/**
 * The body as a stream of its own, so that an upstream that breaks off does not take the client's connection with it.
 * `onStalled` is called when nothing arrived for `stallMs`.
 */
export function streamBody(
  req: IncomingMessage,
  options: { limit: number; onOver: () => void; stallMs: number; onStalled: () => void },
): Transform {
  if (options.stallMs > 0) {
    req.setTimeout(options.stallMs, options.onStalled)
    req.once('end', () => req.socket.setTimeout(0))
  }
  return req.pipe(new LimitedBody(options.limit, options.onOver))
}

/** Reads a small body whole and hands it over; never calls back when the client goes away first. */
export function gatherBody(req: IncomingMessage, then: (body: Buffer) => void): void {
  let first: Buffer | null = null
  let chunks: Buffer[] | null = null
  req.on('data', (chunk: Buffer) => {
    if (first === null) first = chunk
    else (chunks ??= [first]).push(chunk)
  })
  req.once('end', () => then(chunks ? Buffer.concat(chunks) : (first ?? Buffer.alloc(0))))
}
