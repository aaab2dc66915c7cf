import type { FastifyInstance, FastifyRequest } from 'fastify'
import { admit } from '../../http/guard.ts'
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

const isLoopback = (address: string | undefined) =>
  address !== undefined && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(address)

/**
 * Whether a request comes directly from a program on this machine. Requests through the gateway arrive from
 * loopback too, so a forwarded request never counts as local, whatever address it names.
 */
const isFromHere = ({ raw, headers }: FastifyRequest) =>
  isLoopback(raw.socket.remoteAddress) && forwarding.every((name) => headers[name] === undefined)

/**
 * Adds `GET /metrics`. Programs on this machine that ask the control plane directly need no key; all others
 * need an API key with the scope `metrics`.
 */
export function addPrometheusRoute(app: FastifyInstance, metrics: PlatformMetrics): void {
  app.get('/metrics', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    if (!isFromHere(request)) admit(request.actor, { access: 'metrics.read' })
    reply.header('content-type', metrics.contentType).header('cache-control', 'no-store')
    return metrics.text()
  })
}
