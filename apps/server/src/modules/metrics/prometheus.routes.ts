import type { FastifyInstance, FastifyRequest } from 'fastify'
import { admit } from '../../http/guard.ts'
import type { PlatformMetrics } from './prometheus.ts'

/** What a gateway or any other proxy puts on what it passes on. */
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
 * Whether a request comes from a program on this machine with nobody in between. Everything that comes through the gateway arrives
 * from loopback too, so a request that was passed on never counts as from here, whatever address it names.
 */
const isFromHere = ({ raw, headers }: FastifyRequest) =>
  isLoopback(raw.socket.remoteAddress) && forwarding.every((name) => headers[name] === undefined)

/** Adds `GET /metrics`: for programs on this machine that ask the control plane itself, else for API keys with the scope `metrics`. */
export function addPrometheusRoute(app: FastifyInstance, metrics: PlatformMetrics): void {
  app.get('/metrics', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    if (!isFromHere(request)) admit(request.actor, 'metrics.read')
    reply.header('content-type', metrics.contentType).header('cache-control', 'no-store')
    return metrics.text()
  })
}
