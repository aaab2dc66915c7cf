import type { FastifyReply } from 'fastify'

/**
 * A signal that aborts when the connection of an answer is closed: the client is gone, or has the whole answer. The signal of
 * Fastify's request is not this: it aborts once a body was read.
 */
export function disconnectSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  const leave = () => gone.abort()
  if (reply.raw.destroyed) leave()
  else reply.raw.once('close', leave)
  return gone.signal
}
