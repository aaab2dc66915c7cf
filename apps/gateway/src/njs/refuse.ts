import type { refusals } from '../refusals.ts'
import type { GateRequest } from './host.ts'

/**
 * The codes of the gateway's own errors. Their sentences are in `answer.ts`, because every request would pay
 * for them here.
 */
export type RefusalCode = (typeof refusals)[keyof typeof refusals]['code']

/**
 * Records why a request is refused, with the seconds to wait if they vary. nginx then asks for the answer.
 * Returns the empty URL.
 */
export function refuse(r: GateRequest, code: RefusalCode, retryAfterS?: number): '' {
  r.variables.vt_error = code
  if (retryAfterS !== undefined) r.variables.vt_retry_after = String(retryAfterS)
  return ''
}
