/** A dictionary that all workers of nginx share (`js_shared_dict_zone`). Times in milliseconds. */
type SharedDict<V> = {
  get(key: string): V | undefined
  set(key: string, value: V, timeoutMs?: number): unknown
  /** False where the key is there already. */
  add(key: string, value: V, timeoutMs?: number): boolean
  incr(key: string, delta: number, init: number, timeoutMs?: number): number
  delete(key: string): boolean
  keys(most?: number): string[]
}

/** What deciding about a request needs of it. */
export type GateRequest = {
  headersIn: Record<string, string | undefined>
  variables: Record<string, string | undefined>
}

/** What njs gives a handler of a request (nginx.org/en/docs/njs/reference.html). Only what we use. */
export type NjsRequest = GateRequest & {
  method: string
  rawHeadersIn: [string, string][]
  headersOut: Record<string, string | undefined>
  status: number
  requestText: string | undefined
  return(status: number, body?: string): void
}

type FetchAnswer = {
  status: number
  headers: { get(name: string): string | null }
  text(): Promise<string>
}

declare const ngx: {
  shared: {
    /** Routes, keys and what else the control plane told. */
    vitrine_told: SharedDict<string>
    /** Login tokens that were found good, until they expire. */
    vitrine_tokens: SharedDict<string>
    /** Counters of rate limits, and who wakes what. */
    vitrine_counts: SharedDict<number>
  }
  fetch(url: string, options: { method: string; headers: Record<string, string> }): Promise<FetchAnswer>
}

/** What `js_preload_object` read when this configuration was loaded, as JSON text. */
declare const vitrine_state: { json: string }

export const told = () => ngx.shared.vitrine_told
export const knownTokens = () => ngx.shared.vitrine_tokens
export const counts = () => ngx.shared.vitrine_counts
export const fetchFrom = (url: string, options: { method: string; headers: Record<string, string> }) =>
  ngx.fetch(url, options)
export const preloaded = () => vitrine_state.json

/** The text that is written in base64url (RFC 4648, section 5); null where it is none. */
export const decodeBase64url = (text: string): string | null => Buffer.from(text, 'base64url').toString()

type Hash = { update(text: string): Hash; digest(form: 'hex'): string }
declare const njsRequire: (name: 'crypto') => { createHash(algorithm: 'sha256'): Hash }

/** SHA-256 of a text, in hex. The module is asked for where it is needed: an import would cost every request. The build writes njs's own `require` for the name, which the bundler would wrap. */
export const sha256 = (text: string): string =>
  njsRequire('crypto').createHash('sha256').update(text).digest('hex')
