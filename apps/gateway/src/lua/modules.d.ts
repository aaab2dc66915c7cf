/** LuaJIT's way to C (luajit.org/ext_ffi_api.html). Only what we use, as below. */
declare module 'ffi' {
  /** What C points to. */
  export type Pointer = { readonly isPointer: true }
  /** Declares functions of C; those that this process has are found in `C`. */
  export function cdef(this: void, declarations: string): void
  export const C: import('./libcrypto.ts').LibCrypto & import('./nginx.ts').NginxInC
  /** Has `end` called with the pointer once nobody holds it any more. */
  export function gc(this: void, pointer: Pointer, end: unknown): Pointer
  /** An array of C, by its first place. */
  type ArrayOf<T> = Pointer & { [at: number]: T }
  /** A text as nginx's Lua hands it out, without an end. */
  type Text = { len: number; data: ArrayOf<number> }
  type Arrays = {
    'unsigned char[32]': Pointer
    'const unsigned char *[1]': Pointer
    'int[1]': ArrayOf<number>
    'uint32_t[1024]': ArrayOf<number>
    'ngx_http_lua_ffi_table_elt_t[24]': ArrayOf<{ key: Text; value: Text }>
  }
  /** An array, with what is in it. */
  function create<T extends keyof Arrays>(this: void, type: T, content?: readonly string[]): Arrays[T]
  export { create as new }
  /** So many bytes of what is pointed to. */
  export function string(this: void, pointer: Pointer, length: number): string
}

/** What nginx's own Lua library (lua-resty-core) is built on. */
declare module 'resty.core.base' {
  /** The request under way. */
  export function get_request(this: void): import('ffi').Pointer
}

declare module 'jit.opt' {
  /** Sets limits of LuaJIT's compiler (luajit.org/running.html). */
  export function start(this: void, ...limits: string[]): void
}

declare module 'cjson.safe' {
  /** Undefined for what is no JSON. */
  export function decode(this: void, text: string): unknown
  export function encode(this: void, value: unknown): string | undefined
  /** What stands for null, which Lua's tables cannot hold. */
  const nothing: unknown
  export { nothing as null }
}

declare module 'ngx.base64' {
  /** Undefined for what is no base64url. */
  export function decode_base64url(this: void, text: string): string | undefined
}

declare module 'ngx.balancer' {
  /** True where that is an address. */
  export function set_current_peer(this: void, host: string, port: number): boolean | undefined
  /** Has nginx ask again, at most so often, where it may try another. */
  export function set_more_tries(this: void, count: number): boolean | undefined
}
