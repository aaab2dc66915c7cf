import type { FastifyReply, FastifyRequest } from 'fastify'
import { EventQueue } from '../lib/event-queue.ts'
import { subjectsOf } from '../lib/open-streams.ts'

/** One server-sent event. */
export type ServerEvent = { event: string; data: unknown; id?: string }

/** Takes a place for an event stream, or throws if its reader has too many. Returns the function that gives it back. */
export type TakeStream = (request: FastifyRequest) => () => void

/**
 * Takes a place for a stream and registers it, so that it ends when the sign-in or key of its reader is revoked. The returned function
 * removes it again. Throws if that happened since the request was let in: such a revocation did not find the
 * stream.
 */
async function openStream(request: FastifyRequest): Promise<() => void> {
  const { openStreams, authenticate, takeStream } = request.server
  const giveBack = takeStream(request)
  const forget = openStreams.add(subjectsOf(request.actor), () => request.raw.destroy())
  const endStream = () => {
    forget()
    giveBack()
  }
  try {
    if (request.actor) await authenticate(request)
    return endStream
  } catch (error) {
    endStream()
    throw error
  }
}

/**
 * Answers with server-sent events until the source ends, the client disconnects or its sign-in is revoked. `follow` gets a function
 * that sends an event and one that ends the stream, and returns a function that stops the source. `weightOf` is the memory that an
 * event takes, in bytes, where there are large ones.
 */
export async function sendEvents<E extends ServerEvent>(
  request: FastifyRequest,
  reply: FastifyReply,
  follow: (queue: EventQueue<E>) => () => void,
  weightOf?: (event: E) => number,
): Promise<FastifyReply> {
  const endStream = await openStream(request)
  const queue = new EventQueue<E>({ ...(weightOf && { weightOf }) })
  // The gateway must not buffer events, and no cache may store them.
  reply.header('x-accel-buffering', 'no')
  reply.raw.once('close', () => queue.end())
  let stop = () => {}
  try {
    stop = follow(queue)
    // Send the headers now, not with the first event, so that the client knows at once that it is subscribed.
    reply.sse.sendHeaders()
    reply.raw.flushHeaders()
    await reply.sse.send(queue)
  } finally {
    endStream()
    stop()
    queue.end()
    // Close the reply here: awaiting a reply waits until its response has ended.
    reply.sse.close()
  }
  return reply
}

/**
 * Answers with the server-sent events of a source. The next event is requested only when the client has taken
 * the one before, so a slow client costs no memory. `signal` aborts when the client disconnects or its sign-in
 * is revoked, and the source must then end.
 */
export async function sendEventsOf<E extends ServerEvent>(
  request: FastifyRequest,
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<E>,
): Promise<FastifyReply> {
  const endStream = await openStream(request)
  const gone = new AbortController()
  reply.header('x-accel-buffering', 'no')
  reply.raw.once('close', () => gone.abort())
  try {
    reply.sse.sendHeaders()
    reply.raw.flushHeaders()
    await reply.sse.send(source(gone.signal))
  } finally {
    endStream()
    gone.abort()
    reply.sse.close()
  }
  return reply
}
