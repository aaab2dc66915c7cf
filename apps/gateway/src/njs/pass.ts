import type { GateRoute } from '@vitrine/contract'
import type { RequestTarget } from './request-target.ts'
import type { GateRequest } from './host.ts'
import { recordCaller } from './record.ts'

/**
 * Records the upstream and instance that a request is counted and logged under. Returns the URL for
 * `proxy_pass`.
 */
export function forward(r: GateRequest, route: GateRoute, rest: string): string {
  const v = r.variables
  v.vt_upstream = route.upstream
  if (route.instance_id !== null) v.vt_instance = JSON.stringify(route.instance_id)
  return `http://${placeOf(route.way ?? (v.vt_way || route.upstream))}${rest}`
}

/** The address as it must be in a URL. nginx needs a colon after the path of a unix socket. */
const placeOf = (place: string): string => (place.startsWith('unix:') ? `${place}:` : place)

/** Lets a request pass at once and records its caller. Returns the URL as above. */
export function pass(r: GateRequest, route: GateRoute, caller: string | null, target: RequestTarget): string {
  recordCaller(r, route, caller)
  return forward(r, route, target.rest)
}
