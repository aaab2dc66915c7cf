import type { NjsRequest } from './host.ts'

/**
 * What a line of the access log says of a request before it is answered, where its path has characters that JSON writes otherwise, or
 * its body came in chunks (`$vt_odd_fields`, evaluated when the request is over). For the others it is found without a script.
 */
export function oddFields(r: NjsRequest): string {
  const v = r.variables
  const isChunked = r.headersIn['Transfer-Encoding'] !== undefined && v.vt_head_length !== ''
  const announced = v.vt_error ? 0 : Number(v.content_length ?? 0)
  return membersOf({
    service_id: v.vt_service || null,
    release: v.vt_release === 'null' ? null : Number(v.vt_release),
    caller: JSON.parse(v.vt_caller_json ?? 'null'),
    path: (v.request_uri ?? '').split('?')[0],
    // What came after the head; the sizes of the chunks are in it.
    bytes_in: isChunked ? Math.max(0, Number(v.request_length) - Number(v.vt_head_length)) : announced,
    error: v.vt_error || null,
  })
}

/** A JSON object without its braces. */
const membersOf = (value: object) => JSON.stringify(value).slice(1, -1)

/** Has the access log say why the gateway itself answered, and that it did not read the body. */
export function logRefusal(r: NjsRequest): void {
  const v = r.variables
  // Lua has noted what is known before a request is answered; how much came in chunks is known when it is over.
  if (r.headersIn['Transfer-Encoding'] !== undefined) return
  const fields: object = JSON.parse(`{${v.vt_fields}}`)
  v.vt_fields = membersOf(Object.assign(fields, { bytes_in: 0, error: v.vt_error }))
}
