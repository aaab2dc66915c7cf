import { setsOurCookie } from '../cookies.ts'
import { isWholeAnswer } from '../whole-answer.ts'
import type { Ngx } from './nginx.ts'

declare const ngx: Ngx

/** Lets only a whole answer pass. An error in this phase closes the connection (`header_filter_by_lua`). */
export function publicAnswer(): void {
  const status = ngx.status
  // This is checked first, because reading a variable costs time, and nearly all answers pass here.
  if (status >= 200 || isWholeAnswer(status, ngx.var.vt_upgrade)) return
  // The log shows this status.
  ngx.status = 502
  throw new Error('an instance answered with something that is not one answer in HTTP/1.1')
}

/** Lets a whole answer of an instance pass at a front port, without our cookies (`header_filter_by_lua`). */
export function frontAnswer(): void {
  publicAnswer()
  const set = ngx.header['Set-Cookie']
  if (set === undefined) return
  const kept: string[] = []
  for (const value of typeof set === 'string' ? [set] : set) if (!setsOurCookie(value)) kept.push(value)
  ngx.header['Set-Cookie'] = kept
}
