import type { Pointer } from 'ffi'

/** A dictionary shared by all workers (`lua_shared_dict`). Times are in seconds, 0 means for ever. */
export type LuaSharedDict<V> = {
  get(key: string): V | undefined
  /** Not true if there is no room. */
  safe_set(key: string, value: V, timeoutS: number): boolean | undefined
  /** True if the key was new. Not true if it existed, or if there is no room. */
  safe_add(key: string, value: V, timeoutS: number): boolean | undefined
  /** Returns the sum; undefined if there is no room. */
  incr(key: string, delta: number, init: number, timeoutS: number): number | undefined
  delete(key: string): void
  /** Returns at most this many keys, 0 for all. The dictionary is locked meanwhile. */
  get_keys(most: number): string[]
}

/** nginx's Lua API (github.com/openresty/lua-nginx-module). Only what we use. */
export type Ngx = {
  shared: {
    vitrine_hot_shared_state: LuaSharedDict<string>
    vitrine_hot_counts: LuaSharedDict<number>
    vitrine_hot_under_way: LuaSharedDict<number>
  }
  /** Variables of the current request. */
  var: Record<string, string | undefined>
  status: number
  /** Headers of the answer. One that occurs several times is a list; an empty list removes it. */
  header: Record<string, string | string[] | undefined>
  /** Seconds since 1970 with milliseconds, at the time of the current event. */
  now(this: void): number
  print(this: void, text: string): void
  /** Ends the current phase with this status. */
  exit(this: void, status: number): void
  worker: { pid(this: void): number }
  timer: {
    /**
     * Calls a function once. Undefined if there are too many timers, or if the worker is about to end and would have to
     * wait.
     */
    at(this: void, seconds: number, call: (this: void) => void): number | undefined
    /**
     * Calls a function at an interval in seconds, and once more, with true, when the worker is told to end. Undefined
     * if there are too many timers.
     */
    every(this: void, seconds: number, call: (this: void, isEnding: boolean) => void): number | undefined
  }
  /** Waits and lets other work run. Only allowed in a timer. */
  sleep(this: void, seconds: number): void
  req: { read_body(this: void): void; get_body_data(this: void): string | undefined }
}

/**
 * C functions of nginx's Lua module for its own library. The library declares them and has the same version.
 */
export type NginxInC = {
  /** Returns the number of the request's headers, at most `most`. `hasMore` is set if there are more. */
  ngx_http_lua_ffi_req_get_headers_count(this: void, r: Pointer, most: number, hasMore: Pointer): number
  /** Fills in the names, in lower case, and the values of `count` headers. Returns 0 on success. */
  ngx_http_lua_ffi_req_get_headers(this: void, r: Pointer, into: Pointer, count: number, isRaw: 0): number
  /** Zero if both begin with the same bytes. */
  memcmp(this: void, one: Pointer, other: string, length: number): number
  /** Ends a connection for both sides (shutdown(2)); 2 stands for both directions. */
  shutdown(this: void, fd: number, how: 2): number
}

/** The number of a C integer. */
export type ToNumber = (this: void, value: { readonly isInteger: true }) => number

/** Lua's string functions that JavaScript does not have. */
export type LuaString = {
  /** The byte at a position, counted from 1. */
  byte(this: void, text: string, at?: number): number
  char(this: void, ...bytes: number[]): string
  format(this: void, form: string, ...values: (string | number)[]): string
}

/** Sets a function that supplies the values for names missing in a table. */
export type SetMetatable = <T extends object>(
  this: void,
  table: T,
  meta: { __index: (this: void, table: T, name: string) => unknown },
) => T

/** Lua's file functions. */
export type LuaIo = {
  open(this: void, path: string, mode: 'r'): { read(what: '*a'): string; close(): void } | undefined
}

/** Lua's garbage collector: how much the memory may grow, in percent, before the next collection. */
export type CollectGarbage = (this: void, what: 'setpause', percent: number) => void
