import { loggedPath } from '@vitrine/contract/logged-path'
import { hasDotSegments } from '../dot-segments.ts'
import type { NjsRequest } from './host.ts'

/**
 * The request's fields of the access log line, if JSON must escape characters of its path or if its body was
 * chunked (`$vt_odd_fields`, evaluated when the request is over). For other requests they are found without a
 * script.
 */
export function oddFields(r: NjsRequest): string {
  const v = r.variables
  const isChunked = r.headersIn['Transfer-Encoding'] !== undefined && v.vt_head_length !== ''
  const announced = v.vt_error ? 0 : Number(v.content_length ?? 0)
  const path = (v.request_uri ?? '').split('?')[0] ?? ''
  return membersOf({
    service_id: v.vt_service || null,
    release: v.vt_release === 'null' ? null : Number(v.vt_release),
    caller: JSON.parse(v.vt_caller_json ?? 'null'),
    path: v.vt_service && !hasDotSegments(path) ? path : loggedPath(path),
    // The bytes after the head, including the sizes of the chunks.
    bytes_in: isChunked ? Math.max(0, Number(v.request_length) - Number(v.vt_head_length)) : announced,
    error: v.vt_error || null,
  })
}

/** The path of a request to the platform, if characters of it are encoded or it has dot segments (`$vt_odd_path`). */
export const oddPath = (r: NjsRequest): string => loggedPath(r.variables.vt_path ?? '')

/** The JSON of an object without its braces. */
const membersOf = (value: object) => JSON.stringify(value).slice(1, -1)

/** Adds the refusal to the access log line, and records that the body was not read. */
export function logRefusal(r: NjsRequest): void {
  const v = r.variables
  // Lua recorded the fields before the request was answered. The length of a chunked body is known only at
  // the end.
  if (r.headersIn['Transfer-Encoding'] !== undefined) return
  const fields: object = JSON.parse(`{${v.vt_fields}}`)
  v.vt_fields = membersOf(Object.assign(fields, { bytes_in: 0, error: v.vt_error }))
}
