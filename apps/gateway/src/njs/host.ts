/** A dictionary shared by all workers of nginx (`js_shared_dict_zone`). Times are in milliseconds. */
type SharedDict<V> = {
  get(key: string): V | undefined
  set(key: string, value: V, timeoutMs?: number): unknown
  /** False if the key exists already. */
  add(key: string, value: V, timeoutMs?: number): boolean
  incr(key: string, delta: number, init: number, timeoutMs?: number): number
  delete(key: string): boolean
  keys(most?: number): string[]
}

/** The parts of a request that a decision needs. */
export type GateRequest = {
  headersIn: Record<string, string | undefined>
  variables: Record<string, string | undefined>
}

/** The request that njs passes to a handler (nginx.org/en/docs/njs/reference.html). Only what we use. */
export type NjsRequest = GateRequest & {
  method: string
  rawHeadersIn: [string, string][]
  /** Headers that may occur several times are lists. */
  headersOut: Record<string, string | string[] | undefined>
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
    /** Routes, keys and everything else that the control plane sent. */
    vitrine_shared_state: SharedDict<string>
    /**
     * What verified login tokens say (`<caller> <session> <issued>`), until they expire, and for a moment how the wakings of
     * services ended. Unlike the state, it may lose entries.
     */
    vitrine_logins: SharedDict<string>
    /** Counters of rate limits, and which worker wakes which service. */
    vitrine_counts: SharedDict<number>
  }
  fetch(url: string, options: { method: string; headers: Record<string, string> }): Promise<FetchAnswer>
}

/** The state that `js_preload_object` read when this configuration was loaded, as JSON text, and what had changed of its table. */
declare const vitrine_state: { json: string }
declare const vitrine_change: { json: string }

export const sharedState = () => ngx.shared.vitrine_shared_state
export const passing = () => ngx.shared.vitrine_logins
export const knownTokens = () => ngx.shared.vitrine_logins
export const counts = () => ngx.shared.vitrine_counts
export const fetchFrom = (url: string, options: { method: string; headers: Record<string, string> }) =>
  ngx.fetch(url, options)
export const preloadedState = () => vitrine_state.json
export const preloadedChange = () => vitrine_change.json

/** Decodes base64url (RFC 4648, section 5); null if the text is not base64url. */
export const decodeBase64url = (text: string): string | null => Buffer.from(text, 'base64url').toString()

type Hash = { update(text: string): Hash; digest(form: 'hex'): string }
declare const njsRequire: (name: 'crypto') => { createHash(algorithm: 'sha256'): Hash }

/**
 * SHA-256 of a text, in hex. The module is loaded only where it is needed, because an import would cost every
 * request. The build replaces the name by njs's own `require`, which the bundler would wrap.
 */
export const sha256 = (text: string): string =>
  njsRequire('crypto').createHash('sha256').update(text).digest('hex')
