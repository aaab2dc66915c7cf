import type { FastifyReply } from 'fastify'
import { Readable } from 'node:stream'
import { compressedStream } from './compressed-answers.ts'
import { whileTaken } from './backpressure.ts'

/** An answer that is JSON text already, in pieces. What was stored is not parsed to be written again. */
export class JsonText {
  readonly pieces: readonly string[]
  /** Aborts when the pieces must be let go. */
  readonly signal: AbortSignal | undefined

  constructor(pieces: readonly string[], signal?: AbortSignal) {
    this.pieces = pieces
    this.signal = signal
  }
}

/** An answer that may be long. It is written as any answer of its route, and sent as {@link JsonText} is. */
export class LongAnswer<Value> {
  readonly value: Value
  /** Aborts when it must be let go. */
  readonly signal: AbortSignal

  constructor(value: Value, signal: AbortSignal) {
    this.value = value
    this.signal = signal
  }
}

/** An answer up to this length is sent at once, in characters. */
const longestAtOnce = 256 * 1024

/**
 * Sends JSON text. A long one is sent as fast as its reader takes it, and the connection ends if they take nothing for a while:
 * until then the text is in memory.
 */
export function sendJsonText(reply: FastifyReply, { pieces, signal }: JsonText): FastifyReply {
  reply.type('application/json; charset=utf-8')
  if (pieces.reduce((sum, { length }) => sum + length, 0) <= longestAtOnce) return reply.send(pieces.join(''))
  const { raw, request } = reply
  const end = () => raw.destroy()
  // It may have come while the text was read, and nobody tells it again.
  if (signal?.aborted) {
    end()
    return reply.hijack()
  }
  signal?.addEventListener('abort', end, { once: true })
  raw.once('close', () => signal?.removeEventListener('abort', end))
  const { stalledMs } = request.server
  const text = Readable.from(whileTaken(pieces, { stalledMs, onStall: end }), { highWaterMark: 1 })
  return reply.send(compressedStream(reply, text))
}
