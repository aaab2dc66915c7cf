import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SignedIn } from '@vitrine/contract'
import { cookieValueOf } from '../../http/cookie-names.ts'
import { crossSiteRefused } from '../../http/http.errors.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import { AppError } from '../../lib/errors.ts'
import { permissionsByGrants } from '../../lib/policy.ts'
import type { AuditRepository } from '../audit/audit.repository.ts'
import { getUser, newPerson } from '../users/users.usecases.ts'
import {
  clearSessionCookies,
  originOf,
  refreshCookieOf,
  setSessionCookies,
  deviceCookieOf,
  setDeviceCookie,
} from './credentials/cookies.ts'
import { sessionEnded } from './auth.errors.ts'
import { recordingFailure } from '../audit/recording-failure.ts'
import type { SecondFactorDeps } from './second-factor/second-factor.usecases.ts'
import {
  endSession,
  endSessionOf,
  refreshSession,
  startSession,
  type SignedInSession,
} from './sessions/sessions.usecases.ts'
import type { SessionPlace } from './sessions/sessions.repository.ts'
import type { Setup } from './setup/setup.ts'
import { accessTokenSeconds } from './credentials/tokens.ts'
import { changeOwnPassword, signIn } from './auth.usecases.ts'
import type { AuthDeps } from './auth.deps.ts'

/** Longest text of a browser about itself that is kept, in characters. */
const longestUserAgent = 300

/** Where a request comes from. */
export const placeOf = (request: FastifyRequest): SessionPlace => ({
  address: request.ip,
  userAgent: request.headers['user-agent']?.slice(0, longestUserAgent).toWellFormed() ?? null,
})

export function answerSignedIn(reply: FastifyReply, session: SignedInSession): SignedIn {
  setSessionCookies(reply, session)
  reply.header('cache-control', 'no-store')
  return {
    access_token: session.accessToken,
    token_type: 'bearer',
    expires_in: accessTokenSeconds,
    user: session.user,
  }
}

/** The refresh token of the cookie, unless another site's page caused the request. */
function refreshTokenOf(request: FastifyRequest): string | null {
  const token = cookieValueOf(request, refreshCookieOf(request))
  if (token === undefined) return null
  if (originOf(request) === 'foreign') throw crossSiteRefused({})
  return token
}

async function refresh(deps: AuthDeps, request: FastifyRequest, reply: FastifyReply): Promise<SignedIn> {
  const refreshToken = refreshTokenOf(request)
  if (refreshToken === null) throw sessionEnded({})
  try {
    return answerSignedIn(reply, await refreshSession(deps, { refreshToken, place: placeOf(request) }))
  } catch (error) {
    if (error instanceof AppError && error.status === 401) clearSessionCookies(reply)
    throw error
  }
}

type RouteDeps = AuthDeps & SecondFactorDeps & { setup: Setup; audit: AuditRepository }

/** Adds the routes of set-up and sign-in, and those with which people manage their own session. */
export function addAuthRoutes(app: FastifyInstance, deps: RouteDeps): void {
  addRoute(app, 'GET /setup', async () => ({ required: await deps.setup.required() }))
  addRoute(app, 'POST /setup', async ({ body }, { request, reply }) => {
    const asked = { actor: null, action: 'refused POST /setup', username: body.username } as const
    const user = await recordingFailure(deps, request, asked, () => deps.setup.complete(body))
    setDeviceCookie(reply, await deps.tokens.issueDevice(user.id))
    return answerSignedIn(
      reply,
      await startSession(deps, { person: newPerson(user), place: placeOf(request) }),
    )
  })
  addRoute(app, 'POST /auth/login', async ({ body }, { request, reply }) => {
    // Another site's page could sign this browser in as somebody else.
    if (originOf(request) === 'foreign') throw crossSiteRefused({})
    const deviceToken = cookieValueOf(request, deviceCookieOf(request))
    const { username } = body
    const asked = { actor: null, action: 'refused POST /auth/login', username } as const
    const session = await recordingFailure(deps, request, asked, () =>
      signIn(deps, { ...body, ...placeOf(request), address: request.ip, deviceToken }),
    )
    setDeviceCookie(reply, await deps.tokens.issueDevice(session.user.id))
    return answerSignedIn(reply, session)
  })
  addRoute(app, 'POST /auth/refresh', (_input, { request, reply }) => refresh(deps, request, reply))
  addRoute(app, 'POST /auth/logout', async (_input, { request, reply }) => {
    const refreshToken = refreshTokenOf(request)
    const id = request.actor?.sessionId
    if (id) await endSession(deps, { id })
    if (refreshToken !== null) await endSessionOf(deps, { refreshToken })
    clearSessionCookies(reply)
  })
  addRoute(app, 'GET /auth/me', async (_input, { request }) => {
    const actor = actorOf(request)
    return {
      user: await getUser(deps, { id: actor.id }),
      permissions: [...actor.permissions],
      granted_permissions: permissionsByGrants(actor),
    }
  })
  addRoute(app, 'POST /auth/password', async ({ body }, { request, reply }) => {
    const actor = actorOf(request)
    const asked = { actor, action: 'refused POST /auth/password', username: actor.name } as const
    const accessToken = await recordingFailure(deps, request, asked, () =>
      changeOwnPassword(deps, {
        actor,
        currentPassword: body.current_password,
        newPassword: body.new_password,
        address: request.ip,
      }),
    )
    setSessionCookies(reply, { accessToken, refreshToken: null })
  })
}
