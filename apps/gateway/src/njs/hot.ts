import { closing, enterService } from './enter.ts'
import type { NjsRequest } from './host.ts'
import { frontAnswer, publicAnswer } from './instance-answer.ts'
import { oddFields, oddPath } from './log.ts'
import { ownCookies } from './own-cookies.ts'

/**
 * The functions that nginx calls for most requests. njs runs this script from the top for each of them, so it
 * contains nothing but functions, and as few as possible.
 */
export { closing, frontAnswer, oddFields, oddPath, ownCookies, publicAnswer }

/** Decides about a request to a service (`$vt_enter`). */
export const enter = (r: NjsRequest): string =>
  enterService(r, r.variables.vt_service ?? '', r.variables.vt_prefix ?? '')
