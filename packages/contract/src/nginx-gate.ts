import type { GatewayRoute } from './gateway.ts'
import type { Role } from './permissions.ts'

/**
 * A route for the script inside nginx. What nginx itself must know (paths, ports, body limits, timeouts) is
 * in its configuration. This is the part that can change without a reload.
 */
export type GateRoute = {
  service_id: string
  state: GatewayRoute['state']
  auth: 'required' | 'public'
  release: number | null
  /**
   * The nginx upstream or address under which its requests are counted, and without Lua also sent. Empty if
   * there is none, or if Lua picks one of several instances.
   */
  upstream: string
  /**
   * With Lua, the upstream that its requests are sent to if it is not one for a single address, else null.
   */
  way: string | null
  /**
   * Its instances with their addresses (`host:port`, or `unix:/path`). With Lua, a request is only sent to a port
   * while one of the `listeners` (inodes of sockets) has it.
   */
  upstreams: { address: string; instance_id: string; listeners?: string[] }[]
  /** The only instance behind the upstream; null if there are several. */
  instance_id: string | null
  rate_limit: { requests: number; window_s: number } | null
  body_bytes: number
  /** The group whose grants open it. Absent if it is in none. */
  group?: string
}

/** A route table for the script inside nginx. */
export type GateTable = {
  revision: number
  /**
   * How services are woken: the control plane's URL with the path, and the token for it; null if they cannot
   * be woken now.
   */
  wake: { url: string; token: string } | null
  jwt: {
    issuer: string
    /** A public key on P-256 as a JWK (RFC 7518, section 6.2). */
    public_key: { kty: string; crv: string; x: string; y: string }
    roles: readonly Role[]
  }
  routes: GateRoute[]
}

/** What has changed of a table, for the script inside nginx. It counts only for the table with the revision `base`. */
export type GateChange = Pick<GateTable, 'revision' | 'routes'> & {
  base: number
  /** The services whose routes are gone. */
  removed: string[]
}

/** An API key for the script inside nginx. A caller's key is looked up by its SHA-256 (hex). */
export type GateKey = {
  sha256: string
  /** `key:<id>`, as sent to services and written to the access log. */
  caller: string
  /** Whether it may run services at all. */
  mayRun: boolean
  /** The services that it is limited to; null for all. */
  services: string[] | null
  /** Milliseconds since 1970, or null. */
  expiresMs: number | null
  /** The limit for all services together. If absent, there is none. */
  rate_limit?: { requests: number; window_s: number }
}

/** Revoked logins for the script inside nginx. */
export type GateRevoked = {
  /** Milliseconds since 1970. From then on, every token named here has expired. */
  until: number
  /** For each subject (`session:<id>` or `user:<id>`), the `gen` from which on its tokens are valid. */
  before: Record<string, number>
}

/** A person (`user:<id>`) whose role may run no service, and the groups whose services they may run. */
export type GateGrant = { caller: string; groups: string[] }

/** API keys, revoked logins and grants for the script inside nginx. */
export type GateKeys = {
  keys: GateKey[]
  revoked: GateRevoked
  /** Absent in a file of an earlier version. */
  grants?: GateGrant[]
}

/** What nginx reads when it starts, before it receives any message. */
export type GateState = GateKeys & { table: GateTable }
