import { apiKeyPrefix } from '@vitrine/contract'
import type { ApiKeys } from './api-keys.ts'
import { sessionIn } from './cookies.ts'
import type { Client } from './edge.ts'
import { refusals, type Refusal } from './refusals.ts'
import type { RequestHeaders } from './request-headers.ts'
import type { Route, Routing } from './routing.ts'
import { isSafeMethod, isSameOrigin } from './same-origin.ts'
import type { LoginTokens } from './tokens.ts'
import type { Waker } from './waking.ts'

/**
 * The caller (`user:<id>` or `key:<id>`, null if the service needs no sign-in), or the reason for the
 * refusal.
 */
export type Admission = { caller: string | null } | { refusal: Refusal }

type Credentials = { tokens: LoginTokens; keys: ApiKeys }

const refused = (refusal: Refusal): Admission => ({ refusal })

/**
 * Finds the caller of a service. The answer is synchronous if the token was verified before or an API key is
 * given; a new token must be verified first. With cookie authentication, unsafe methods and WebSockets must
 * come from a page of the same origin.
 */
export function admit(
  credentials: Credentials,
  route: Route,
  request: { headers: RequestHeaders; client: Client; method: string; isUpgrade: boolean },
): Admission | Promise<Admission> {
  if (!route.authRequired) return { caller: null }
  const { headers, client } = request
  if (headers.authorization !== undefined) {
    const [scheme = '', token = ''] = headers.authorization.split(' ')
    if (scheme.toLowerCase() !== 'bearer' || token === '') return refused(refusals.tokenInvalid)
    if (!token.startsWith(apiKeyPrefix)) return callerOfToken(credentials.tokens, token)
    const found = credentials.keys.check(token, route.serviceId, Date.now())
    return typeof found === 'string' ? { caller: found } : refused(found)
  }
  const session = sessionIn(headers.cookie, client.scheme)
  if (session === undefined) return refused(refusals.signInRequired)
  if (
    (request.isUpgrade || !isSafeMethod(request.method)) &&
    !isSameOrigin({ ...headers, host: client.host })
  ) {
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

/**
 * Checks a service's state and rate limit for an admitted caller. null means that the request may pass or, if
 * the service sleeps, wake it.
 */
export function checkRoute(route: Route, caller: string): Refusal | null {
  if (route.state === 'stopped') return refusals.stopped
  if (route.state === 'starting') return refusals.starting
  const waitS = route.rateLimit?.take(caller, Date.now()) ?? 0
  return waitS > 0 ? { ...refusals.tooManyRequests, retryAfterS: waitS } : null
}

/**
 * Wakes a sleeping service and returns its route once it is awake, or the refusal. The caller must be
 * admitted first, so a refused request never wakes a service.
 */
export async function awakeRoute(
  state: { readonly routing: Routing; readonly waker: Waker },
  route: Route,
  acceptLanguage: string | undefined,
): Promise<Route | { refusal: Refusal }> {
  const refusal = await state.waker.wake(state.routing, route.serviceId, acceptLanguage)
  if (refusal) return { refusal }
  const current = state.routing.bySlug.get(route.prefix.slice(4))
  if (!current) return { refusal: refusals.unknownService }
  if (current.state === 'up') return current
  return { refusal: current.state === 'stopped' ? refusals.stopped : refusals.asleep }
}
