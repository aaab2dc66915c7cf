import type { GateRoute } from '@vitrine/contract'
import type { GateRequest } from './host.ts'

/** Records the caller and the release of a request, for the instance's headers and the access log. */
export function recordCaller(r: GateRequest, route: GateRoute, caller: string | null): void {
  const v = r.variables
  if (route.release !== null) v.vt_release = String(route.release)
  if (caller === null) return
  v.vt_caller = caller
  v.vt_caller_json = JSON.stringify(caller)
}

/** Records where the head of a request ends, because nothing else tells the length of a chunked body. */
export function recordHeadLength(r: GateRequest): void {
  if (r.headersIn['Transfer-Encoding'] !== undefined) r.variables.vt_head_length = r.variables.request_length
}
