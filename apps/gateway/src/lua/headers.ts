import * as ffi from 'ffi'
import { get_request } from 'resty.core.base'
import type { LuaString, Ngx } from './nginx.ts'

declare const ngx: Ngx
declare const string: LuaString

const { C } = ffi
/** Of a request with more headers each is asked for by itself. */
const most = 24
const found = ffi.new('ngx_http_lua_ffi_table_elt_t[24]')
const hasMore = ffi.new('int[1]')
/**
 * By a header's length and first letter: where it is among those found, or `most` where there are several in one place. `turn` is added, so
 * nothing has to be wiped out.
 */
const placed = ffi.new('uint32_t[1024]')
let turn = 0
let isFound = false

const placeOf = (length: number, first: number): number => (length & 31) * 32 + (first & 31)

/** Puts one of `count` headers in its place. */
function put(at: number, count: number): void {
  if (at >= count) return
  const header = found[at]
  if (header === undefined) return
  const place = placeOf(header.key.len, header.key.data[0] ?? 0)
  placed[place] = (placed[place] ?? 0) >= turn ? turn + most : turn + at
}

/**
 * Finds all headers of the request under way with one question to nginx, where a question for each would cost more than all else that is
 * done about a request. Nothing is looped over and no text is made: LuaJIT compiles it into the way of the request.
 */
export function findHeaders(): void {
  const r = get_request()
  turn += most + 1
  if (turn > 4_000_000_000) {
    for (let place = 0; place < 1024; place++) placed[place] = 0
    turn = most + 1
  }
  const count = C.ngx_http_lua_ffi_req_get_headers_count(r, most, hasMore)
  isFound = hasMore[0] === 0 && count >= 0 && C.ngx_http_lua_ffi_req_get_headers(r, found, count, 0) === 0
  if (!isFound) return
  put(0, count)
  put(1, count)
  put(2, count)
  put(3, count)
  put(4, count)
  put(5, count)
  put(6, count)
  put(7, count)
  put(8, count)
  put(9, count)
  put(10, count)
  put(11, count)
  put(12, count)
  put(13, count)
  put(14, count)
  put(15, count)
  put(16, count)
  put(17, count)
  put(18, count)
  put(19, count)
  put(20, count)
  put(21, count)
  put(22, count)
  put(23, count)
}

/** How a header is asked for. */
type Name = { place: number; lower: string; variable: string }

const names: Record<string, Name> = {}

function nameOf(header: string): Name {
  const known = names[header]
  if (known !== undefined) return known
  const lower = header.toLowerCase()
  const place = placeOf(lower.length, string.byte(lower))
  const name = { place, lower, variable: `http_${lower.replaceAll('-', '_')}` }
  names[header] = name
  return name
}

/** A header of the request whose headers were found last; several of one name are put together as nginx does. */
export function headerOf(header: string): string | undefined {
  const { place, lower, variable } = nameOf(header)
  const at = isFound ? (placed[place] ?? 0) - turn : most
  if (at < 0) return undefined
  if (at === most) return ngx.var[variable]
  const one = found[at]
  if (one === undefined || ffi.string(one.key.data, one.key.len) !== lower) return undefined
  return ffi.string(one.value.data, one.value.len)
}
