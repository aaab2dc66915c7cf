import type { FastifyInstance, FastifyRequest } from 'fastify'
import { admit } from '../../lib/require-access.ts'
import type { PlatformMetrics } from './prometheus.ts'

/** Headers that a gateway or another proxy adds to a forwarded request. */
const forwarding = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'forwarded',
  'via',
]

/**
 * Whether a request comes directly from a program that may open our unix socket, which has no address. Requests
 * through the gateway come over the same socket, so a forwarded request never counts as such.
 */
const isFromHere = ({ raw, headers }: FastifyRequest) =>
  raw.socket.remoteAddress === undefined && forwarding.every((name) => headers[name] === undefined)

/**
 * Adds `GET /metrics`. Who may open the control plane's socket needs no key to ask it directly; all others need
 * an API key with the scope `metrics`.
 */
export function addPrometheusRoute(app: FastifyInstance, metrics: PlatformMetrics): void {
  app.get('/metrics', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    if (!isFromHere(request)) admit(request.actor, { access: 'metrics.read' })
    reply.header('content-type', metrics.contentType).header('cache-control', 'no-store')
    return metrics.text()
  })
}
