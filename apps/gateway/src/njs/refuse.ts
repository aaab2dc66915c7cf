import type { refusals } from '../refusals.ts'
import type { GateRequest } from './host.ts'

/** The codes of the gateway's own errors. Their words are in `answer.ts`: nothing that every request would pay for. */
export type RefusalCode = (typeof refusals)[keyof typeof refusals]['code']

/**
 * Notes why a request is refused, with the seconds to wait where they are not always the same; nginx then asks for the answer.
 * Answers that it goes nowhere.
 */
export function refuse(r: GateRequest, code: RefusalCode, retryAfterS?: number): '' {
  r.variables.vt_error = code
  if (retryAfterS !== undefined) r.variables.vt_retry_after = String(retryAfterS)
  return ''
}
