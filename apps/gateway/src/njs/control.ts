import type { NjsRequest } from './host.ts'
import { applyMessage } from './apply-message.ts'

/**
 * Handles requests of the control plane over the unix socket, which no one else can reach: `PUT` of
 * everything that `applyMessage` handles, `GET /state`, and `GET /under-way/…`, which nginx has counted before it
 * gets here.
 */
export function control(r: NjsRequest): void {
  const path = r.method === 'PUT' ? (r.variables.uri ?? '') : ''
  const { status, body } = applyMessage(path, r.requestText ?? '')
  r.return(status, body)
}
