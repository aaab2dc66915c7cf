import { setsOurCookie } from '../cookies.ts'
import type { NjsRequest } from './host.ts'

/** Removes our cookies from an instance's answer at a front port (`js_header_filter`). */
export function frontAnswer(r: NjsRequest): void {
  const set = r.headersOut['Set-Cookie']
  if (set === undefined) return
  const all = typeof set === 'string' ? [set] : set
  if (all.some(setsOurCookie)) r.headersOut['Set-Cookie'] = all.filter((value) => !setsOurCookie(value))
}
