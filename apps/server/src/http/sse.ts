import type { FastifyReply, FastifyRequest } from 'fastify'
import { EventQueue } from '../lib/event-queue.ts'

/** One server-sent event. */
export type ServerEvent = { event: string; data: unknown; id?: string }

/**
 * Answers with server-sent events until `follow`'s source ends or the client goes.
 * `follow` is given where to push, and how to end; it returns what stops the source.
 */
export async function sendEvents<E extends ServerEvent>(
  request: FastifyRequest,
  reply: FastifyReply,
  follow: (queue: EventQueue<E>) => () => void,
): Promise<FastifyReply> {
  const queue = new EventQueue<E>()
  // The gateway must not hold events back, and no cache may keep them.
  reply.header('x-accel-buffering', 'no')
  request.raw.socket.once('close', () => queue.end())
  const stop = follow(queue)
  // At once, not with the first event: a client that waits for something to happen is to know that it is being told.
  reply.sse.sendHeaders()
  reply.raw.flushHeaders()
  try {
    await reply.sse.send(queue)
  } finally {
    stop()
    queue.end()
    // Here, for whoever awaits a reply waits until its response has ended.
    reply.sse.close()
  }
  return reply
}

/**
 * Answers with the server-sent events of a source that is asked for each only when the one before has been taken, so that a slow
 * client costs no memory. `signal` aborts when the client goes; the source ends then.
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
