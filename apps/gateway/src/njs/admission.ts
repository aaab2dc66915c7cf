import type { GateKey, GateRoute } from '@vitrine/contract'
import { apiKeyPrefix } from '@vitrine/contract/gateway-names'
import { sessionIn } from '../cookies.ts'
import { isSafeMethod, isSameOrigin } from '../same-origin.ts'
import { tokenIn } from './authorization.ts'
import type { GateRequest } from './host.ts'
import { callerOf, keyOf } from './lookups.ts'
import type { RefusalCode } from './refuse.ts'

/**
 * The caller (null if the service needs no sign-in) and the API key that let it in, the reason for a refusal, or a login token that must be
 * verified first.
 */
export type Admission =
  { caller: string | null; key?: GateKey } | { refusal: RefusalCode } | { unverified: string }

/** Finds the caller of a service synchronously, as the embedded gateway does (`../admission.ts`). */
export function admit(r: GateRequest, route: GateRoute): Admission {
  if (route.auth === 'public') return { caller: null }
  const { headersIn } = r
  const token = tokenIn(headersIn.Authorization)
  if (token !== undefined) {
    if (token === '') return { refusal: 'auth.invalid_credential' }
    return token.startsWith(apiKeyPrefix) ? callerOfKey(token, route.service_id) : callerOfToken(token, route)
  }
  const session = sessionIn(headersIn.Cookie, r.variables.vt_scheme)
  // At a service's own host, cookies are not accepted as a sign-in.
  if (session === undefined || r.variables.vt_own_host === '1') return { refusal: 'auth.required' }
  const method = r.variables.request_method ?? ''
  if (headersIn.Upgrade !== undefined || !isSafeMethod(method)) {
    const said = {
      fetchSite: headersIn['Sec-Fetch-Site'],
      origin: headersIn.Origin,
      host: r.variables.vt_host,
    }
    if (!isSameOrigin(said)) return { refusal: 'auth.cross_site' }
  }
  return callerOfToken(session, route)
}

/** Why an API key cannot be used for a service now; null if it can. */
export function keyRefusal(key: GateKey, serviceId: string): RefusalCode | null {
  if (key.expiresMs !== null && key.expiresMs <= Date.now()) return 'auth.invalid_credential'
  if (!key.mayRun) return 'auth.scope_missing'
  if (key.services !== null && !key.services.includes(serviceId)) return 'auth.service_not_allowed'
  return null
}

function callerOfKey(secret: string, serviceId: string): Admission {
  const key = keyOf(secret)
  if (key === null) return { refusal: 'auth.invalid_credential' }
  const refusal = keyRefusal(key, serviceId)
  return refusal === null ? { caller: key.caller, key } : { refusal }
}

function callerOfToken(token: string, { group }: GateRoute): Admission {
  return callerOf(token, group) ?? { unverified: token }
}
