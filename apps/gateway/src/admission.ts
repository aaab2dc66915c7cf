import { apiKeyPrefix, sessionCookie } from '@vitrine/contract'
import type { ApiKeys } from './api-keys.ts'
import { refusals, type Refusal } from './refusals.ts'
import { cookieValue, type RequestHeaders } from './request-headers.ts'
import type { Route } from './routing.ts'
import type { LoginTokens } from './tokens.ts'

/** Who calls (`user:<id>` or `key:<id>`, null where nobody has to say), or why the request is refused. */
export type Admission = { caller: string | null } | { refusal: Refusal }

type Credentials = { tokens: LoginTokens; keys: ApiKeys }

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])
const refused = (refusal: Refusal): Admission => ({ refusal })

/**
 * Whether a browser says that the request comes from a page of this very origin. An upgrade has no
 * `Sec-Fetch-Site` in every browser, but always an `Origin`.
 */
function isSameOrigin(headers: RequestHeaders): boolean {
  if (headers.fetchSite !== undefined) return headers.fetchSite === 'same-origin'
  const { origin, host } = headers
  return (
    origin !== undefined &&
    host !== undefined &&
    (origin === `http://${host}` || origin === `https://${host}`)
  )
}

/**
 * Decides who calls a service. At once where the token is known or a key is given; a token that is new is verified
 * first. With the cookie, methods that change something and WebSockets must come from a page of the same origin.
 */
export function admit(
  credentials: Credentials,
  route: Route,
  request: { headers: RequestHeaders; method: string; isUpgrade: boolean },
): Admission | Promise<Admission> {
  if (!route.authRequired) return { caller: null }
  const { headers } = request
  if (headers.authorization !== undefined) {
    const [scheme = '', token = ''] = headers.authorization.split(' ')
    if (scheme.toLowerCase() !== 'bearer' || token === '') return refused(refusals.tokenInvalid)
    if (!token.startsWith(apiKeyPrefix)) return callerOfToken(credentials.tokens, token)
    const found = credentials.keys.check(token, route.serviceId, Date.now())
    return typeof found === 'string' ? { caller: found } : refused(found)
  }
  const session = cookieValue(headers.cookie, sessionCookie)
  if (session === undefined) return refused(refusals.signInRequired)
  if ((request.isUpgrade || !safeMethods.has(request.method)) && !isSameOrigin(headers)) {
    return refused(refusals.crossSite)
  }
  return callerOfToken(credentials.tokens, session)
}

function callerOfToken(tokens: LoginTokens, token: string): Admission | Promise<Admission> {
  const known = tokens.known(token, Date.now())
  if (known !== undefined) return { caller: known }
  return tokens
    .verify(token)
    .then((caller) => (caller === null ? refused(refusals.tokenInvalid) : { caller }))
}

/** What a service's state and rate limit say to a caller that was let in: null lets the request pass. */
export function checkRoute(route: Route, caller: string): Refusal | null {
  if (route.state === 'stopped') return refusals.stopped
  if (route.state === 'starting') return refusals.starting
  const waitS = route.rateLimit?.take(caller, Date.now()) ?? 0
  return waitS > 0 ? { ...refusals.tooManyRequests, retryAfterS: waitS } : null
}
