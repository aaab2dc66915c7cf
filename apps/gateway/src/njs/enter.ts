import type { GateKey, GateRoute } from '@vitrine/contract'
import { clientNetwork } from '@vitrine/contract/client-network'
import { hasDotSegments } from '../dot-segments.ts'
import { admit, type Admission } from './admission.ts'
import type { GateRequest } from './host.ts'
import { isClosing, routeOf } from './lookups.ts'
import { recordCaller, recordHeadLength } from './record.ts'
import { pass } from './pass.ts'
import { closedStates } from './closed-states.ts'
import { waitSeconds } from './rate-limit.ts'
import { refuse } from './refuse.ts'
import { splitTarget } from './request-target.ts'

/**
 * Whether the request asks for a WebSocket with another method than GET. An upgrade to another protocol is only a wish, which
 * is ignored (RFC 9110, section 7.8): programs in Java wish for HTTP/2 with each request without TLS.
 */
export const isOddUpgrade = (r: GateRequest): boolean =>
  r.headersIn.Upgrade !== undefined && r.variables.vt_upgrade !== '' && r.variables.request_method !== 'GET'

/** Whether `Connection` names further hop-by-hop headers. Only the slow path can leave them out. */
function namesHeaders(r: GateRequest): boolean {
  const connection = r.headersIn.Connection
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return false
  return r.variables.vt_connection_names !== ''
}

/**
 * Whether a service's state and the rate limits of the key and of the service let a request pass. If not, the reason is
 * recorded.
 */
export function checkRoute(
  r: GateRequest,
  route: GateRoute,
  { caller, key }: { caller: string | null; key?: GateKey },
): boolean {
  const { state, rate_limit, service_id } = route
  if (state !== 'up' && state !== 'asleep') {
    refuse(r, closedStates[state])
    return false
  }
  if (key?.rate_limit !== undefined) {
    const keyWaitS = waitSeconds(key.caller, key.rate_limit, key.caller, Date.now())
    if (keyWaitS > 0) {
      refuse(r, 'api_key.too_many_requests', keyWaitS)
      return false
    }
  }
  if (rate_limit === null) return true
  const who = caller ?? `address:${clientNetwork(r.variables.remote_addr ?? '')}`
  const waitS = waitSeconds(service_id, rate_limit, who, Date.now())
  if (waitS > 0) refuse(r, 'gateway.too_many_requests', waitS)
  return waitS === 0
}

const admission = (r: GateRequest, route: GateRoute): Admission =>
  isOddUpgrade(r) ? { refusal: 'gateway.upgrade_refused' } : admit(r, route)

/**
 * Decides about a request to a service whose path begins with `prefix` (evaluated once per request). Returns
 * the URL that it goes to at once. Empty means that it is refused, with the reason recorded, or that it needs
 * time (`decide`); what is known so far is recorded.
 */
export function enterService(r: GateRequest, serviceId: string, prefix: string): string {
  recordHeadLength(r)
  const route = routeOf(serviceId)
  const requested = r.variables.request_uri ?? ''
  const target = splitTarget(requested, prefix)
  if (target === null && hasDotSegments(requested)) return refuse(r, 'gateway.bad_request')
  if (route === null || target === null) return refuse(r, 'service.not_found')
  const admitted = admission(r, route)
  if ('unverified' in admitted) return ''
  if ('refusal' in admitted) {
    recordCaller(r, route, null)
    return refuse(r, admitted.refusal)
  }
  const { caller } = admitted
  const mayPass = checkRoute(r, route, admitted)
  if (mayPass && route.state !== 'asleep' && !isClosing() && !namesHeaders(r))
    return pass(r, route, caller, target)
  recordCaller(r, route, caller)
  // This tells `decide` not to count the request for the rate limit again.
  if (mayPass) r.variables.vt_admitted = '1'
  return ''
}

/**
 * Whether a reload is about to close idle connections, for a request to the control plane (`$vt_closing`).
 */
export function closing(r: GateRequest): '1' | '' {
  recordHeadLength(r)
  return isClosing() ? '1' : ''
}
