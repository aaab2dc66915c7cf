import { apiKeyPrefix, bearerToken } from '@vitrine/contract'
import type { ApiKey, ApiKeys } from './api-keys.ts'
import { clientNetwork } from '@vitrine/contract/client-network'
import { sessionIn } from './cookies.ts'
import type { Client } from './edge.ts'
import { keyTooBusy, refusals, type Refusal } from './refusals.ts'
import type { RequestHeaders } from './request-headers.ts'
import type { RevokedLogins } from './revoked-logins.ts'
import type { Route, Routing } from './routing.ts'
import type { Grants } from './grants.ts'
import { isSafeMethod, isSameOrigin } from './same-origin.ts'
import type { Login } from './tokens.ts'
import type { Waker } from './waking.ts'

/** The credential with which a request was admitted, with its caller (`user:<id>` or `key:<id>`). */
export type Credential = Login | ApiKey

/** The credential of a request (null if the service needs none), or the reason for the refusal. */
export type Admission = { credential: Credential | null } | { refusal: Refusal }

/** The current routes, keys, revoked logins and grants. Read them again after each `await`. */
type InForce = {
  readonly routing: Routing
  readonly keys: ApiKeys
  readonly revoked: RevokedLogins
  readonly grants: Grants
}

const refused = (refusal: Refusal): Admission => ({ refusal })

/**
 * Finds the caller of a service. The answer is synchronous if the token was verified before or an API key is given; a
 * new token must be verified first. With cookie authentication, unsafe methods and WebSockets must come from a page of
 * the same origin. At a service's own host, cookies are not accepted as a sign-in.
 */
export function admit(
  state: InForce,
  route: Route,
  request: {
    headers: RequestHeaders
    client: Client
    method: string
    isUpgrade: boolean
    takesCookies: boolean
  },
): Admission | Promise<Admission> {
  if (!route.authRequired) return { credential: null }
  const { headers, client } = request
  const token = bearerToken(headers.authorization)
  if (token !== undefined) {
    if (token === '') return refused(refusals.tokenInvalid)
    if (!token.startsWith(apiKeyPrefix)) return loginOf(state, route, token)
    const found = state.keys.check(token, route.serviceId, Date.now())
    return 'code' in found ? refused(found) : { credential: found }
  }
  const session = request.takesCookies ? sessionIn(headers.cookie, client.scheme) : undefined
  if (session === undefined) return refused(refusals.signInRequired)
  if (
    (request.isUpgrade || !isSafeMethod(request.method)) &&
    !isSameOrigin({ ...headers, host: client.host })
  ) {
    return refused(refusals.crossSite)
  }
  return loginOf(state, route, session)
}

function loginOf(state: InForce, { slug }: Route, token: string): Admission | Promise<Admission> {
  const now = Date.now()
  const { tokens } = state.routing
  const admitted = (login: Login | null): Admission => {
    if (login === null || state.revoked.has(login, now)) return refused(refusals.tokenInvalid)
    const mayRun = state.grants.mayRun(login, state.routing.bySlug.get(slug))
    return mayRun ? { credential: login } : refused(refusals.notPermitted)
  }
  const known = tokens.known(token, now)
  return known === undefined ? tokens.verify(token).then(admitted) : admitted(known)
}

/** Whether a request that was admitted with a credential may still continue. */
export function isStillAdmitted(state: InForce, credential: Credential, serviceId: string): boolean {
  if (credential.kind === 'login')
    return (
      !state.revoked.has(credential) && state.grants.mayRun(credential, state.routing.bySlug.get(serviceId))
    )
  return !('code' in state.keys.checkHash(credential.sha256, serviceId, Date.now()))
}

/** Counts a request with an API key for the rate limit of the key. Returns the refusal if the limit is exceeded. */
function checkKey(credential: Credential | null, authorization: string | undefined): Refusal | null {
  if (credential?.kind !== 'key' || credential.rateLimit === null) return null
  const waitS = credential.rateLimit.take(credential.caller, Date.now())
  return waitS > 0 ? keyTooBusy(authorization, waitS) : null
}

/** What a service in one of these states answers to every request. */
const closedStates: { readonly [State in Route['state']]?: Refusal } = {
  stopped: refusals.stopped,
  starting: refusals.starting,
  failed: refusals.serviceFailed,
  undeployed: refusals.notDeployed,
}

/**
 * Checks a service's state and the rate limits of the key and of the service for an admitted request. Null means that
 * the request may pass, or may wake the service if it sleeps. The key's limit is checked first, so a request that it
 * refuses does not count for the service.
 */
export function checkRoute(
  route: Route,
  request: { credential: Credential | null; address: string; authorization: string | undefined },
): Refusal | null {
  const closed = closedStates[route.state]
  if (closed) return closed
  const { credential, address, authorization } = request
  const ofKey = checkKey(credential, authorization)
  if (ofKey || !route.rateLimit) return ofKey
  const who = credential?.caller ?? `address:${clientNetwork(address)}`
  const waitS = route.rateLimit.take(who, Date.now())
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
  const current = state.routing.bySlug.get(route.slug)
  if (!current) return { refusal: refusals.unknownService }
  if (current.state === 'up') return current
  // A service that is starting after all is worth waiting for, as one that is still asleep.
  return { refusal: (current.state !== 'starting' && closedStates[current.state]) || refusals.asleep }
}
