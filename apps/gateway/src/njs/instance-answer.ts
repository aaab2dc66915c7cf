import { setsOurCookie } from '../cookies.ts'
import { isWholeAnswer } from '../whole-answer.ts'
import type { NjsRequest } from './host.ts'

/** Lets only a whole answer pass. An error in this phase closes the connection (`js_header_filter`). */
export function publicAnswer(r: NjsRequest): void {
  if (isWholeAnswer(r.status, r.variables.vt_upgrade)) return
  // The log shows this status.
  r.status = 502
  throw new Error('an instance answered with something that is not one answer in HTTP/1.1')
}

/** Lets a whole answer of an instance pass at a front port, without our cookies (`js_header_filter`). */
export function frontAnswer(r: NjsRequest): void {
  publicAnswer(r)
  const set = r.headersOut['Set-Cookie']
  if (set === undefined) return
  const all = typeof set === 'string' ? [set] : set
  if (all.some(setsOurCookie)) r.headersOut['Set-Cookie'] = all.filter((value) => !setsOurCookie(value))
}
