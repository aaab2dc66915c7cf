import type { GateRoute } from '@vitrine/contract'
import { admit } from './admission.ts'
import { closedStates } from './closed-states.ts'
import { checkRoute, isOddUpgrade } from './enter.ts'
import type { NjsRequest } from './host.ts'
import { recordCaller } from './record.ts'
import { forward } from './pass.ts'
import { refuse } from './refuse.ts'
import { splitTarget } from './request-target.ts'
import { routeOf } from './shared-state.ts'
import { verify } from './tokens.ts'
import { wake } from './wake.ts'

/**
 * This worker may know an instance from a newer configuration that it has not loaded, so it may have no upstream with
 * that name. The address of an instance always works. The location for all Lua groups works too, because it needs no
 * upstream for each service.
 */
function withoutName(route: GateRoute): GateRoute {
  const [first] = route.upstreams
  return route.upstream === '' || !first ? route : { ...route, upstream: first.address, way: null }
}

/** Returns the URL that the request goes to; empty if it is refused, with the reason recorded. */
async function decideSlowly(r: NjsRequest): Promise<string> {
  const v = r.variables
  const route = routeOf(v.vt_service ?? '')
  const target = splitTarget(v.request_uri ?? '', v.vt_prefix ?? '')
  if (route === null || target === null) return refuse(r, 'service.not_found')
  if (!v.vt_admitted) {
    recordCaller(r, route, null)
    if (isOddUpgrade(r)) return refuse(r, 'gateway.upgrade_refused')
    const admission = admit(r, route)
    if ('refusal' in admission) return refuse(r, admission.refusal)
    const checked = 'unverified' in admission ? await verify(admission.unverified, route.group) : admission
    if ('refusal' in checked) return refuse(r, checked.refusal)
    recordCaller(r, route, checked.caller)
    if (!checkRoute(r, route, checked)) return ''
  }
  if (route.state !== 'asleep') return forward(r, route, target.rest)
  if (!(await wake(r, route.service_id))) return ''
  const awake = routeOf(route.service_id)
  if (awake === null) return refuse(r, 'service.not_found')
  recordCaller(r, awake, null)
  const { state } = awake
  if (state === 'up') return forward(r, withoutName(awake), target.rest)
  // A service that is starting after all is worth waiting for, as one that is still asleep.
  return refuse(r, state === 'asleep' || state === 'starting' ? 'service.asleep' : closedStates[state])
}

/**
 * Decides about a request that needs time: verifies a new token, wakes a sleeping service. Answers nginx's
 * `auth_request`: 204 lets the request continue to `$vt_url`, 403 refuses it for the recorded reason.
 */
export async function decide(r: NjsRequest): Promise<void> {
  const url = await decideSlowly(r)
  r.variables.vt_url = url
  r.return(url === '' ? 403 : 204)
}
