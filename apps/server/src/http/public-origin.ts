import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isSecure } from './cookie-names.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Scheme, host and port for links that people use: the public URL, or if it is not set, the address to which the
     * request was sent, because others most likely reach that one too.
     */
    publicOrigin: string
  }
}

/** A year, in seconds. */
const rememberTls = 365 * 24 * 3600

/**
 * Tells every request the address for links. If people reach the platform over TLS, browsers are told never to use
 * it without (HSTS, RFC 6797); other names of the same domain are not ours to decide about.
 */
export function addPublicOrigin(app: FastifyInstance, publicUrl: string | null): void {
  app.decorateRequest('publicOrigin', {
    getter(this: FastifyRequest) {
      return publicUrl ?? `${this.protocol}://${this.host}`
    },
  })
  if (!publicUrl?.startsWith('https:')) return
  app.addHook('onRequest', async (request, reply) => {
    if (isSecure(request)) reply.header('strict-transport-security', `max-age=${rememberTls}`)
  })
}
