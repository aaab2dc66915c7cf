import type { FastifyInstance } from 'fastify'
import { cookieValueOf } from '../../../http/cookie-names.ts'
import { crossSiteRefused } from '../../../http/http.errors.ts'
import { actorOf, addRoute } from '../../../http/route.ts'
import type { AuditRepository } from '../../audit/audit.repository.ts'
import {
  clearOidcCookie,
  oidcCookieOf,
  originOf,
  setDeviceCookie,
  setOidcCookie,
} from '../credentials/cookies.ts'
import { recordingFailure } from '../../audit/recording-failure.ts'
import { beginOidc, finishOidc, oidcRequestSeconds, type OidcDeps } from './oidc.usecases.ts'
import {
  listIdentities,
  removeIdentity,
  type ExternalIdentitiesDeps,
} from './external-identities.usecases.ts'
import { answerSignedIn, placeOf } from '../auth.routes.ts'

/**
 * Adds the routes of the sign-in with an account of another server, and those with which administrators see and remove
 * such identities.
 */
export function addOidcRoutes(
  app: FastifyInstance,
  deps: OidcDeps & ExternalIdentitiesDeps & { audit: AuditRepository },
): void {
  addRoute(app, 'GET /users/{id}/identities', ({ params }, { request }) =>
    listIdentities(deps, { ...params, actor: actorOf(request) }),
  )
  addRoute(app, 'DELETE /users/{id}/identities', ({ params, query }, { request }) =>
    removeIdentity(deps, { ...params, ...query, actor: actorOf(request) }),
  )
  addRoute(app, 'GET /auth/oidc', async () => ({
    enabled: deps.oidc !== null,
    name: deps.oidc?.settings.name ?? '',
  }))
  addRoute(app, 'POST /auth/oidc/start', async (_input, { reply }) => {
    const { url, proof, sealed } = await beginOidc(deps)
    setOidcCookie(reply, sealed, oidcRequestSeconds)
    reply.header('cache-control', 'no-store')
    return { url, proof }
  })
  addRoute(app, 'POST /auth/oidc/finish', async ({ body }, { request, reply }) => {
    // Another site's page could sign this browser in as somebody else.
    if (originOf(request) === 'foreign') throw crossSiteRefused({})
    const sealed = cookieValueOf(request, oidcCookieOf(request))
    // The cookie works only once, whether or not the sign-in succeeds.
    clearOidcCookie(reply)
    const asked = { actor: null, action: 'refused POST /auth/oidc/finish', username: '' } as const
    const from = { place: placeOf(request), address: request.ip, requestId: request.id }
    const input = { ...body, sealed, ...from }
    const session = await recordingFailure(deps, request, asked, () => finishOidc(deps, input))
    setDeviceCookie(reply, await deps.tokens.issueDevice(session.user.id))
    return answerSignedIn(reply, session)
  })
}
