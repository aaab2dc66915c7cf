import type { FastifyInstance, FastifyRequest } from 'fastify'
import { actorOf, addRoute } from '../../../http/route.ts'
import type { AuditRepository } from '../../audit/audit.repository.ts'
import { setSessionCookies } from '../credentials/cookies.ts'
import { recordingFailure } from '../../audit/recording-failure.ts'
import {
  beginSecondFactor,
  confirmSecondFactor,
  disableSecondFactor,
  readSecondFactor,
  renewRecoveryCodes,
  resetSecondFactor,
  secondFactorOfOther,
  type SecondFactorDeps,
} from './second-factor.usecases.ts'
import type { AuthDeps } from '../auth.deps.ts'

type Deps = AuthDeps & SecondFactorDeps & { audit: AuditRepository }

/** Executes an action that checks a password or a code, and records a wrong one. */
function checked<T>(
  deps: Deps,
  request: FastifyRequest,
  work: (own: { actor: ReturnType<typeof actorOf>; address: string }) => Promise<T>,
): Promise<T> {
  const actor = actorOf(request)
  const asked = { actor, action: 'refused POST /auth/second-factor', username: actor.name } as const
  return recordingFailure(deps, request, asked, () => work({ actor, address: request.ip }))
}

/** Adds the routes of second factors: for people, their own, and for administrators, those of others. */
export function addSecondFactorRoutes(app: FastifyInstance, deps: Deps): void {
  addRoute(app, 'GET /auth/second-factor', async (_input, { request }) =>
    readSecondFactor(deps, actorOf(request).id),
  )
  addRoute(app, 'POST /auth/second-factor', ({ body }, { request, reply }) => {
    reply.header('cache-control', 'no-store')
    return checked(deps, request, (own) =>
      beginSecondFactor(deps, { ...own, currentPassword: body.current_password }),
    )
  })
  addRoute(app, 'POST /auth/second-factor/confirm', async ({ body }, { request, reply }) => {
    reply.header('cache-control', 'no-store')
    const { codes, accessToken } = await checked(deps, request, (own) =>
      confirmSecondFactor(deps, { ...own, ...body }),
    )
    setSessionCookies(reply, { accessToken, refreshToken: null })
    return { recovery_codes: codes }
  })
  addRoute(app, 'POST /auth/second-factor/recovery-codes', async ({ body }, { request, reply }) => {
    reply.header('cache-control', 'no-store')
    return {
      recovery_codes: await checked(deps, request, (own) => renewRecoveryCodes(deps, { ...own, ...body })),
    }
  })
  addRoute(app, 'POST /auth/second-factor/disable', ({ body }, { request }) =>
    checked(deps, request, (own) => disableSecondFactor(deps, { ...own, ...body })),
  )
  addRoute(app, 'GET /users/{id}/second-factor', ({ params }, { request }) =>
    secondFactorOfOther(deps, { actor: actorOf(request), id: params.id }),
  )
  addRoute(app, 'DELETE /users/{id}/second-factor', ({ params }, { request }) =>
    resetSecondFactor(deps, { actor: actorOf(request), id: params.id }),
  )
}
