import type { Role } from './permissions.ts'

/**
 * A route as the script inside nginx knows it. What nginx itself has to know (paths, ports, limits of a body, timeouts)
 * is in its configuration; this is what may change without a reload.
 */
export type GateRoute = {
  service_id: string
  state: 'up' | 'starting' | 'stopped' | 'asleep'
  auth: 'required' | 'public'
  release: number | null
  /**
   * What its requests are counted by, and without Lua sent to: nginx's upstream or an address. Empty where there is none, or where
   * Lua picks one of several instances.
   */
  upstream: string
  /** With Lua the upstream that its requests are sent to where that is none of one address, else null. */
  way: string | null
  /** Its instances, with the address (`host:port`, or `unix:/path`) of each. */
  upstreams: { address: string; instance_id: string }[]
  /** The one instance behind the upstream, or null where there are several. */
  instance_id: string | null
  rate_limit: { requests: number; window_s: number } | null
  body_bytes: number
}

/** A route table as the script inside nginx takes it. */
export type GateTable = {
  revision: number
  /** Where services are woken: the control plane's URL with the path, and the token to say; null while that cannot be. */
  wake: { url: string; token: string } | null
  jwt: {
    issuer: string
    /** A public key on P-256 as a JWK (RFC 7518, section 6.2). */
    public_key: { kty: string; crv: string; x: string; y: string }
    roles: readonly Role[]
  }
  routes: GateRoute[]
}

/** An API key as the script inside nginx knows it: what a caller sends is looked up by its SHA-256 (hex). */
export type GateKey = {
  sha256: string
  /** `key:<id>`, as services and the access log are told. */
  caller: string
  /** Whether it may run services at all. */
  mayRun: boolean
  /** The services that it is for; null for all. */
  services: string[] | null
  /** Milliseconds since 1970, or null. */
  expiresMs: number | null
}

/** What nginx reads when it starts, before anybody has told it anything. */
export type GateState = { table: GateTable; keys: GateKey[] }
