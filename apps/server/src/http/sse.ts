import type { FastifyReply, FastifyRequest } from 'fastify'
import { EventQueue } from '../lib/event-queue.ts'

/** One server-sent event. */
export type ServerEvent = { event: string; data: unknown; id?: string }

/**
 * Answers with server-sent events until the source ends or the client disconnects. `follow` gets a function
 * that sends an event and one that ends the stream, and returns a function that stops the source.
 */
export async function sendEvents<E extends ServerEvent>(
  request: FastifyRequest,
  reply: FastifyReply,
  follow: (queue: EventQueue<E>) => () => void,
): Promise<FastifyReply> {
  const queue = new EventQueue<E>()
  // The gateway must not buffer events, and no cache may store them.
  reply.header('x-accel-buffering', 'no')
  request.raw.socket.once('close', () => queue.end())
  const stop = follow(queue)
  // Send the headers now, not with the first event, so that the client knows at once that it is subscribed.
  reply.sse.sendHeaders()
  reply.raw.flushHeaders()
  try {
    await reply.sse.send(queue)
  } finally {
    stop()
    queue.end()
    // Close the reply here: awaiting a reply waits until its response has ended.
    reply.sse.close()
  }
  return reply
}

/**
 * Answers with the server-sent events of a source. The next event is requested only when the client has taken
 * the one before, so a slow client costs no memory. `signal` aborts when the client disconnects, and the
 * source must then end.
 */
export async function sendEventsOf<E extends ServerEvent>(
  request: FastifyRequest,
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<E>,
): Promise<FastifyReply> {
  const gone = new AbortController()
  reply.header('x-accel-buffering', 'no')
  request.raw.socket.once('close', () => gone.abort())
  reply.sse.sendHeaders()
  reply.raw.flushHeaders()
  try {
    await reply.sse.send(source(gone.signal))
  } finally {
    gone.abort()
    reply.sse.close()
  }
  return reply
}
