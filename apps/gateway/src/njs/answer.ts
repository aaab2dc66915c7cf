import { preferredLanguage } from '@vitrine/contract/preferred-language'
import { keyTooBusy, refusalBody, refusals, startingPage, type Refusal } from '../refusals.ts'
import type { NjsRequest } from './host.ts'
import { logRefusal } from './log.ts'
import { routeOf } from './shared-state.ts'
import type { PassedAnswer } from './wake.ts'

const withCode = (code: string): Refusal => {
  const all: Refusal[] = Object.values(refusals)
  return all.find((refusal) => refusal.code === code) ?? refusals.failed
}

function passedOf(r: NjsRequest): PassedAnswer | null {
  const { vt_passed } = r.variables
  return vt_passed ? JSON.parse(vt_passed) : null
}

/** The last of the attempts that nginx lists in a variable, such as `-, 0.001`. */
const lastOf = (list: string | undefined) => (list ?? '').split(', ').pop() ?? ''

/** The refusal of a request, with the values for its sentence. */
function refusalOf(r: NjsRequest): Refusal {
  const v = r.variables
  // nginx itself found the failure. Whether a connection was made tells which failure it is.
  if (v.vt_error === 'upstream') {
    const isReached = /^[\d.]+$/.test(lastOf(v.upstream_connect_time))
    v.vt_error = (isReached ? refusals.upstreamBroken : refusals.upstreamUnreachable).code
  }
  if (!v.vt_error) v.vt_error = refusals.failed.code
  if (v.vt_error === refusals.keyTooManyRequests.code)
    return keyTooBusy(r.headersIn.Authorization, Number(v.vt_retry_after))
  return withCode(v.vt_error)
}

const wantsPage = (r: NjsRequest, refusal: Refusal) =>
  refusal === refusals.controlUnavailable &&
  r.variables.request_method === 'GET' &&
  (r.headersIn.Accept ?? '').includes('text/html')

/** The body of the answer to a refused request (`$vt_answer`). */
export function answer(r: NjsRequest): string {
  const passed = passedOf(r)
  if (passed !== null) return passed.body
  const reason = refusalOf(r)
  if (wantsPage(r, reason)) return startingPage
  const { vt_request_id, vt_service } = r.variables
  const limit = reason === refusals.bodyTooLarge && routeOf(vt_service ?? '')?.body_bytes
  const details = typeof limit === 'number' ? { limit_bytes: limit } : undefined
  const language = preferredLanguage(r.headersIn['Accept-Language'])
  return refusalBody(details ? { ...reason, details } : reason, language, vt_request_id ?? '')
}

/** Status and headers of that answer (`js_header_filter`). */
export function answerHead(r: NjsRequest): void {
  const passed = passedOf(r)
  const reason = refusalOf(r)
  const out = r.headersOut
  r.status = passed?.status ?? reason.status
  out['Cache-Control'] = 'no-store'
  if (wantsPage(r, reason)) out['Content-Type'] = 'text/html; charset=utf-8'
  if (r.status === 401) out['WWW-Authenticate'] = 'Bearer'
  const seconds = passed ? passed.retryAfter : r.variables.vt_retry_after || reason.retryAfterS
  if (seconds !== null && seconds !== undefined) out['Retry-After'] = String(seconds)
  logRefusal(r)
}
