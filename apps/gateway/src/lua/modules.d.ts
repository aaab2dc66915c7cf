/**
 * LuaJIT's interface to C (luajit.org/ext_ffi_api.html). Only what we use; the same holds for the modules
 * below.
 */
declare module 'ffi' {
  /** A pointer to C data. */
  export type Pointer = { readonly isPointer: true }
  /** Declares C functions. Those of this process are then found in `C`. */
  export function cdef(this: void, declarations: string): void
  export const C: import('./libcrypto.ts').LibCrypto &
    import('./nginx.ts').NginxInC &
    import('./port-listener.ts').SocketDiagnosis
  /** Calls `end` with the pointer when it is garbage collected. */
  export function gc(this: void, pointer: Pointer, end: unknown): Pointer
  /** The beginning of a connection of nginx (`ngx_connection_t`). `data` is its current request, or something else. */
  export type NginxConnection = Pointer & { data: NginxRequest | undefined; fd: number }
  /** The beginning of a request of nginx (`ngx_http_request_t`). */
  export type NginxRequest = Pointer & {
    signature: number
    connection: NginxConnection
    srv_conf: Pointer
    write_event_handler: Pointer | undefined
  }
  type Casts = {
    uintptr_t: { readonly isInteger: true }
    'vitrine_connection *': NginxConnection
    'vitrine_request *': NginxRequest
  }
  /** Converts a pointer, or an address, to a pointer to another type. */
  export function cast<T extends keyof Casts>(this: void, type: T, value: Pointer | number): Casts[T]
  /** A C array, as a pointer to its first element. */
  type ArrayOf<T> = Pointer & { [at: number]: T }
  /** A string as nginx's Lua returns it, without a terminating NUL. */
  type Text = { len: number; data: ArrayOf<number> }
  type Arrays = {
    'unsigned char[32]': Pointer
    'unsigned char[512]': ArrayOf<number>
    'const unsigned char *[1]': Pointer
    'int[1]': ArrayOf<number>
    'uint32_t[1024]': ArrayOf<number>
    'ngx_http_lua_ffi_table_elt_t[24]': ArrayOf<{ key: Text; value: Text }>
  }
  /** Creates an array with the given content. */
  function create<T extends keyof Arrays>(this: void, type: T, content?: readonly string[]): Arrays[T]
  export { create as new }
  /** Copies `length` bytes from a pointer into a string. */
  export function string(this: void, pointer: Pointer, length: number): string
}

/** The base of nginx's own Lua library (lua-resty-core). */
declare module 'resty.core.base' {
  /** The current request. */
  export function get_request(this: void): import('ffi').Pointer
}

declare module 'jit.opt' {
  /** Sets limits of LuaJIT's compiler (luajit.org/running.html). */
  export function start(this: void, ...limits: string[]): void
}

declare module 'cjson.safe' {
  /** Undefined if the text is not JSON. */
  export function decode(this: void, text: string): unknown
  export function encode(this: void, value: unknown): string | undefined
  /** Represents null, which Lua's tables cannot contain. */
  const nothing: unknown
  export { nothing as null }
}

declare module 'ngx.base64' {
  /** Undefined if the text is not base64url. */
  export function decode_base64url(this: void, text: string): string | undefined
}

declare module 'ngx.balancer' {
  /** True if it is a valid address. */
  export function set_current_peer(this: void, host: string, port: number): boolean | undefined
  /** Lets nginx ask for another peer up to `count` more times. */
  export function set_more_tries(this: void, count: number): boolean | undefined
}
