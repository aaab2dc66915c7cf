import { withoutOurCookies } from '../cookies.ts'
import type { NjsRequest } from './host.ts'

/** The client's cookies without ours (`$vt_own_cookies`). */
export const ownCookies = (r: NjsRequest): string => withoutOurCookies(r.headersIn.Cookie ?? '') ?? ''
