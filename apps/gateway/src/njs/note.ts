import type { GateRoute } from '@vitrine/contract'
import type { GateRequest } from './host.ts'

/** Notes whose request this is and which release is to answer it, for the headers of the instance and for the access log. */
export function note(r: GateRequest, route: GateRoute, caller: string | null): void {
  const v = r.variables
  if (route.release !== null) v.vt_release = String(route.release)
  if (caller === null) return
  v.vt_caller = caller
  v.vt_caller_json = JSON.stringify(caller)
}

/** Notes where the head of a request ends: of a body that comes in chunks nobody else tells how long it was. */
export function noteHead(r: GateRequest): void {
  if (r.headersIn['Transfer-Encoding'] !== undefined) r.variables.vt_head_length = r.variables.request_length
}
