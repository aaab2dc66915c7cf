import type { TcpEndpoint } from '@vitrine/contract'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'

/** The HTTP server of the control plane, which listens before its application is built. */
export type ControlServer = {
  address: TcpEndpoint
  /** Answers all requests with this application from now on, and first those that have waited for it. */
  serve: (application: RequestListener) => void
  /** Ends all connections. Resolves when nothing listens any more. */
  close: () => Promise<void>
}

/**
 * Listens on a free port of 127.0.0.1. The gateway's table has this address, and the application needs the
 * table, so the address is chosen before both are built. Rejects if no port can be opened.
 */
export async function openControlServer(): Promise<ControlServer> {
  const host = '127.0.0.1'
  const waiting: Parameters<RequestListener>[] = []
  const wait: RequestListener = (request, response) => void waiting.push([request, response])
  const server = createServer(wait)
  // As in Fastify's own server: uploads may take any time, and the gateway reuses connections.
  server.requestTimeout = 0
  server.keepAliveTimeout = 72_000
  server.listen({ host, port: 0 })
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the control plane listens on no port')
  return {
    address: { host, port: bound.port },
    serve(answer) {
      server.off('request', wait)
      server.on('request', answer)
      for (const [request, response] of waiting.splice(0)) answer(request, response)
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
