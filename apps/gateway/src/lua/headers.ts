import * as ffi from 'ffi'
import { get_request } from 'resty.core.base'
import type { LuaString, Ngx } from './nginx.ts'

declare const ngx: Ngx
declare const string: LuaString

ffi.cdef('int memcmp(const void *one, const void *other, size_t length);')
const { C } = ffi
/** If a request has more headers than this, each is read separately. */
const most = 24
const found = ffi.new('ngx_http_lua_ffi_table_elt_t[24]')
const hasMore = ffi.new('int[1]')
/**
 * Maps a header's length and first letter to its index among the headers found, or to `most` if several
 * headers share the slot. `turn` is added to the values, so nothing has to be cleared between requests.
 */
const placed = ffi.new('uint32_t[1024]')
let turn = 0
let isFound = false

const placeOf = (length: number, first: number): number => (length & 31) * 32 + (first & 31)

/** Stores one of `count` headers in its slot. */
function put(at: number, count: number): void {
  if (at >= count) return
  const header = found[at]
  if (header === undefined) return
  const place = placeOf(header.key.len, header.key.data[0] ?? 0)
  placed[place] = (placed[place] ?? 0) >= turn ? turn + most : turn + at
}

/**
 * Finds all headers of the current request with one call to nginx. A call for each header would cost more
 * than everything else that the script does for a request. There is no loop and no new string, so LuaJIT can
 * compile it.
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

/** How a header is looked up. */
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

/**
 * Returns a header of the request passed to the last `findHeaders`. Several headers with the same name are
 * joined as nginx does.
 */
export function headerOf(header: string): string | undefined {
  const { place, lower, variable } = nameOf(header)
  const at = isFound ? (placed[place] ?? 0) - turn : most
  if (at < 0) return undefined
  if (at === most) return ngx.var[variable]
  const one = found[at]
  // Compared in place, because a text of the name would be created for each header that is read.
  if (one === undefined || one.key.len !== lower.length || C.memcmp(one.key.data, lower, lower.length) !== 0)
    return undefined
  return ffi.string(one.value.data, one.value.len)
}
