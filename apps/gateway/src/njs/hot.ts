import { closing, enterBelow } from './enter.ts'
import type { NjsRequest } from './host.ts'
import { oddFields } from './log.ts'
import { ownCookies } from './own-cookies.ts'

/**
 * What nginx calls on the way of most requests. njs runs the script from its top for each of them, so this part has nothing
 * but functions, and as few as it can do with.
 */
export { closing, oddFields, ownCookies }

/** Decides about a request to a service (`$vt_enter`). */
export const enter = (r: NjsRequest): string =>
  enterBelow(r, r.variables.vt_service ?? '', r.variables.vt_prefix ?? '')
