import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { slug, type GatewayTable } from '@vitrine/contract'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { routeNotFound } from '../../http/http.errors.ts'
import type { WakeService } from './waking.ts'

/** The address and token with which the gateway wakes services. */
export type WakeAccess = NonNullable<GatewayTable['wake']>

/** Creates an address and token that only the gateway of this start gets. */
export const newWakeAccess = (): WakeAccess => ({
  path: '/internal/wake',
  token: randomBytes(32).toString('base64url'),
})

const digest = (text: string) => createHash('sha256').update(text).digest()
/** Compares in constant time. */
const isSame = (given: string, token: string) => timingSafeEqual(digest(given), digest(token))

const target = z.object({ id: slug })

/**
 * Adds the route with which the gateway wakes a service. It is not part of the API: without the token of this
 * start, the route answers 404.
 */
export function addWakeRoute(app: FastifyInstance, deps: { access: WakeAccess; wake: WakeService }): void {
  const { path, token } = deps.access
  app.post(
    `${path}/:id`,
    { config: { access: 'public' }, schema: { hide: true } },
    async (request, reply) => {
      const given = request.headers['x-vitrine-wake']
      const params = target.safeParse(request.params)
      if (typeof given !== 'string' || !isSame(given, token) || !params.success)
        throw routeNotFound({ method: request.method, path: request.url.split('?')[0] ?? '' })
      await deps.wake(params.data.id)
      return reply.status(204).send()
    },
  )
}
