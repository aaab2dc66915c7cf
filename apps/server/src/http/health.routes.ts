import type { FastifyInstance } from 'fastify'

/**
 * Adds `/healthz` (the process answers) and `/readyz` (the parts that it needs answer too). `details` says how the parts are that it
 * can do without.
 */
export function addHealthRoutes(
  app: FastifyInstance,
  deps: { check: () => Promise<void>; details: () => Record<string, string> },
): void {
  app.get('/healthz', { config: { access: 'public' }, schema: { hide: true } }, async () => ({
    status: 'ok',
  }))
  app.get('/readyz', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    try {
      await deps.check()
      return { status: 'ready', details: deps.details() }
    } catch (error) {
      request.log.error({ err: error }, 'not ready')
      return reply.status(503).send({ status: 'not_ready' })
    }
  })
}
