import { setsOurCookie } from '../cookies.ts'
import type { Ngx } from './nginx.ts'

declare const ngx: Ngx

/** Removes our cookies from an instance's answer at a front port (`header_filter_by_lua`). */
export function frontAnswer(): void {
  const set = ngx.header['Set-Cookie']
  if (set === undefined) return
  const kept: string[] = []
  for (const value of typeof set === 'string' ? [set] : set) if (!setsOurCookie(value)) kept.push(value)
  ngx.header['Set-Cookie'] = kept
}
