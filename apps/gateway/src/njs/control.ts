import type { NjsRequest } from './host.ts'
import { take } from './take.ts'

/**
 * What the control plane says over the unix socket, which nobody else can reach: `PUT` of what `take` knows, `GET /state`, and (for
 * which nginx has counted before it gets here) `GET /under-way/…`.
 */
export function control(r: NjsRequest): void {
  const path = r.method === 'PUT' ? (r.variables.uri ?? '') : ''
  const { status, body } = take(path, r.requestText ?? '')
  r.return(status, body)
}
