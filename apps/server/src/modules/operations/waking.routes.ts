import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { slug, type GatewayTable } from '@vitrine/contract'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { routeNotFound } from '../../http/http.errors.ts'
import type { WakeService } from './waking.ts'

/** How the gateway has a service woken. */
export type WakeAccess = NonNullable<GatewayTable['wake']>

/** A way in that only the gateway of this start is told of. */
export const newWakeAccess = (): WakeAccess => ({
  path: '/internal/wake',
  token: randomBytes(32).toString('base64url'),
})

const digest = (text: string) => createHash('sha256').update(text).digest()
/** Takes the same time whatever the two are. */
const isSame = (given: string, token: string) => timingSafeEqual(digest(given), digest(token))

const target = z.object({ id: slug })

/**
 * Adds the route by which the gateway has a service woken. It is no part of the API: whoever does not have the token of this start
 * finds nothing there.
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
