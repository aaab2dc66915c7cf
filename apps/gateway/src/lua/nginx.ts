import type { Pointer } from 'ffi'

/** A dictionary that all workers share (`lua_shared_dict`). Times in seconds, 0 for ever. */
export type LuaSharedDict<V> = {
  get(key: string): V | undefined
  /** Not true where there is no room for it. */
  safe_set(key: string, value: V, timeoutS: number): boolean | undefined
  /** True where it was not there; not true either where there is no room for it. */
  safe_add(key: string, value: V, timeoutS: number): boolean | undefined
  /** The sum; undefined where there is no room for it. */
  incr(key: string, delta: number, init: number, timeoutS: number): number | undefined
  delete(key: string): void
  /** So many keys, 0 for all; nobody else gets at the dictionary meanwhile. */
  get_keys(most: number): string[]
}

/** What nginx gives to Lua (github.com/openresty/lua-nginx-module). Only what we use. */
export type Ngx = {
  shared: {
    vitrine_hot_told: LuaSharedDict<string>
    vitrine_hot_counts: LuaSharedDict<number>
    vitrine_hot_under_way: LuaSharedDict<number>
  }
  /** Variables of the request under way. */
  var: Record<string, string | undefined>
  status: number
  /** Seconds since 1970, to the millisecond, as of the event under way. */
  now(this: void): number
  print(this: void, text: string): void
  /** Ends what is under way with this status. */
  exit(this: void, status: number): void
  worker: { pid(this: void): number }
  req: { read_body(this: void): void; get_body_data(this: void): string | undefined }
}

/** Of what nginx's Lua has for its own library to call; the library declares it, and is of the same version. */
export type NginxInC = {
  /** How many headers a request has: at most `most`, and `hasMore` is set where there are more. */
  ngx_http_lua_ffi_req_get_headers_count(this: void, r: Pointer, most: number, hasMore: Pointer): number
  /** Where names, in lower case, and values of so many headers are; 0 where it worked. */
  ngx_http_lua_ffi_req_get_headers(this: void, r: Pointer, into: Pointer, count: number, isRaw: 0): number
}

/** Of Lua's own functions on strings those that JavaScript has not. */
export type LuaString = {
  /** The byte at a place (counted from 1). */
  byte(this: void, text: string, at?: number): number
  char(this: void, ...bytes: number[]): string
  format(this: void, form: string, ...values: (string | number)[]): string
}

/** Has a table answer for names that are not in it. */
export type SetMetatable = <T extends object>(
  this: void,
  table: T,
  meta: { __index: (this: void, table: T, name: string) => unknown },
) => T

/** Lua's files. */
export type LuaIo = {
  open(this: void, path: string, mode: 'r'): { read(what: '*a'): string; close(): void } | undefined
}

/** Lua's collector of garbage: how much it lets the memory grow, in percent, before it looks through it again. */
export type CollectGarbage = (this: void, what: 'setpause', percent: number) => void
