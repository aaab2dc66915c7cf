import type { FastifyRequest } from 'fastify'
import { apiKeyPrefix, bearerToken, permissionsOf } from '@vitrine/contract'
import { cookieValueOf, sessionCookieOf } from '../../../http/cookie-names.ts'
import { crossSiteRefused } from '../../../http/http.errors.ts'
import type { Authenticate } from '../../../http/authenticate.ts'
import type { Actor } from '../../../lib/actor.ts'
import { originOf } from './cookies.ts'
import { invalidCredential } from '../auth.errors.ts'
import type { CountRequest } from '../../api-keys/api-keys.rates.ts'
import { withGrants, type GrantsOf } from '../../service-grants/author-now.ts'
import type { AccountCache } from './account-cache.ts'
import type { AccessClaims, Tokens } from './tokens.ts'

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * What authentication needs. `actorOfKey` finds the actor of an API key, and `serviceMadeAt` tells when a service was
 * created. Both resolve with null if there is none.
 */
type AuthenticatorDeps = {
  tokens: Pick<Tokens, 'verify'>
  accountCache: Pick<AccountCache, 'account' | 'sessionIsOf'>
  actorOfKey: (key: string) => Promise<Actor | null>
  serviceMadeAt: (serviceId: string) => Promise<Date | null>
  /** Not cached: taking a grant away must take effect at once. */
  grantsOf: GrantsOf
  countRequest: CountRequest
}

/** The ways to find out who sent a request. */
export type Authenticator = {
  authenticate: Authenticate
  /** Counts a request of a known sender, once for each request. Throws `api_key.too_many_requests`. */
  countRequest: CountRequest
  /**
   * For the routes that accept HTTP Basic (RFC 7617), which are those of the git host. The user name is ignored. The
   * password is an API key or login token. Counts the request. Null without such a header. Throws
   * `auth.invalid_credential`, `api_key.too_many_requests`.
   */
  authenticateBasic: (header: string | undefined) => Promise<Actor | null>
}

/** The actor of a login token, with the person's current role. Only the gateway uses the role in the token. */
async function actorOfLogin(deps: AuthenticatorDeps, claims: AccessClaims): Promise<Actor | null> {
  const account = await deps.accountCache.account(claims.sub)
  if (!account || account.disabled) return null
  if (claims.gen < account.tokenGeneration) return null
  if (!(await deps.accountCache.sessionIsOf(claims.sid, account.id))) return null
  return {
    kind: 'user',
    id: account.id,
    name: account.username,
    role: account.role,
    permissions: permissionsOf(account),
    serviceIds: null,
    sessionId: claims.sid,
  }
}

async function actorOfToken(deps: AuthenticatorDeps, token: string): Promise<Actor | null> {
  const verified = await deps.tokens.verify(token)
  if (!verified) return null
  if (verified.kind === 'login') {
    const person = await actorOfLogin(deps, verified.claims)
    return person && withGrants(deps, person)
  }
  const madeAt = await deps.serviceMadeAt(verified.serviceId)
  if (!madeAt || !verified.isOfServiceMadeAt(madeAt)) return null
  return {
    kind: 'instance',
    id: verified.serviceId,
    name: verified.instanceId,
    role: 'viewer',
    permissions: new Set(['assets.read']),
    serviceIds: [verified.serviceId],
  }
}

/** The actor of a token or key that was sent explicitly. An invalid one is refused, never ignored. */
async function actorOfCredential(deps: AuthenticatorDeps, credential: string): Promise<Actor> {
  if (!credential.startsWith(apiKeyPrefix)) {
    const actor = await actorOfToken(deps, credential)
    if (!actor) throw invalidCredential({})
    return actor
  }
  const key = await deps.actorOfKey(credential)
  if (!key) throw invalidCredential({})
  return withGrants(deps, key)
}

/**
 * The actor of a session cookie, which a browser sends by itself. An expired cookie counts as anonymous, and
 * a cookie does not count in a request that another site caused.
 */
async function actorOfCookie(deps: AuthenticatorDeps, request: FastifyRequest): Promise<Actor | null> {
  const cookie = cookieValueOf(request, sessionCookieOf(request))
  if (!cookie) return null
  const actor = await actorOfToken(deps, cookie)
  if (actor?.kind !== 'user') return null
  if (safeMethods.has(request.method) || originOf(request) === 'same') return actor
  if (request.routeOptions.config.access === 'public') return null
  throw crossSiteRefused({})
}

export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  return {
    authenticate(request) {
      const token = bearerToken(request.headers.authorization)
      return token === undefined ? actorOfCookie(deps, request) : actorOfCredential(deps, token)
    },
    async authenticateBasic(header) {
      const encoded = /^basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(header ?? '')?.[1]
      if (encoded === undefined) return null
      const decoded = Buffer.from(encoded, 'base64').toString('utf8')
      const actor = await actorOfCredential(deps, decoded.slice(decoded.indexOf(':') + 1))
      deps.countRequest(actor)
      return actor
    },
    countRequest: deps.countRequest,
  }
}
