import { z } from 'zod'
import { slug } from './common.ts'
import { endpoint, socketEndpoint, tcpEndpoint } from './network-endpoint.ts'
import { apiKeyScope } from './permissions.ts'
import { rateLimit } from './request-rate.ts'

const ofInstance = { instance_id: z.string() }

/**
 * The sockets that listen on the port of an instance and were proved to be its own, by their inodes. A program that
 * takes the port after the instance has ended has another socket. Absent if this machine cannot tell.
 */
const listeners = z.array(z.string().regex(/^\d+$/)).optional()

/** An instance that receives requests, with its endpoint. */
export const gatewayUpstream = z.union([
  tcpEndpoint.extend({ ...ofInstance, listeners }),
  socketEndpoint.extend(ofInstance),
])

/**
 * What the gateway does with a service's requests. `up` passes them on. With `asleep`, the first request makes the control plane
 * wake the service and waits for that. The others answer 503: `starting` with `Retry-After`, because waiting helps;
 * `stopped`, `failed` (the platform does not try again) and `undeployed` (no release has ever served) without it.
 */
export const gatewayRouteState = z.enum(['up', 'starting', 'stopped', 'failed', 'undeployed', 'asleep'])

/** Where a service's requests go. The upstreams of a sleeping service are the last endpoints, if any. */
export const gatewayRoute = z.object({
  service_id: slug,
  release: z.number().int().nullable().describe('for the access log'),
  path: z.string().regex(/^\/ai\/[a-z0-9-]+\/$/),
  front: tcpEndpoint.nullable().describe('the service’s own stable port, or none'),
  state: gatewayRouteState,
  upstreams: z.array(gatewayUpstream),
  auth: z.enum(['required', 'public']),
  rate_limit: rateLimit.nullable(),
  body_bytes: z.number().int().min(0),
  timeout_ms: z.number().int().min(1),
  // Absent in nearly all routes.
  keep_bodies: z
    .literal(true)
    .optional()
    .describe(
      'whether request and response bodies are kept beside the access log; only the embedded gateway does so',
    ),
  group: z
    .string()
    .optional()
    .describe('the group of the service; what it grants opens the service to people whose role may run none'),
})
/** Where a service's requests go. */
export type GatewayRoute = z.infer<typeof gatewayRoute>

/**
 * How many connections one client address may have, if nobody says otherwise: enough for hundreds of people whose network has one
 * address, and a part of the files that a process may have open (each connection may need a second one, to an instance).
 */
export const usualConnectionsPerClient = 1_000

/** How the gateway reads what requests say about where they come from and which address they were sent to. */
export const gatewayEdge = z.object({
  trusted_proxies: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .describe('addresses and networks of proxies whose `X-Forwarded-*` headers count'),
  public_url: z
    .string()
    .regex(/^https?:\/\/[^/?#@\s"$\\]+$/)
    .nullable()
    .describe('scheme, host and port at which people reach the platform, if the administrator has set it'),
  own_names: z
    .array(z.string().regex(/^[A-Za-z0-9._:[\]-]+$/))
    .describe('further names and addresses of this machine, as they stand in a `Host` header'),
  apps_domain: z
    .string()
    .regex(/^[a-z0-9.-]+$/)
    .nullable()
    .describe(
      'each service is also served at the public address under the host `{service_id}.{apps_domain}`',
    ),
  connections_per_client: z
    .number()
    .int()
    .min(1)
    .describe('how many connections one client address may have at a time, and a network of IPv6 (/64)'),
})
/** How the gateway determines the client and the requested address of a request. */
export type GatewayEdge = z.infer<typeof gatewayEdge>

/** The edge without settings: no proxy is trusted, and no public URL is known. */
export const plainEdge: GatewayEdge = {
  trusted_proxies: [],
  public_url: null,
  own_names: [],
  apps_domain: null,
  connections_per_client: usualConnectionsPerClient,
}

/**
 * The route table. The control plane writes it (to a temporary name, then renamed), and a gateway driver
 * serves it. Login tokens are checked with the public key. The only secret in it is the token to wake
 * sleeping services, so only its owner can read the file.
 */
export const gatewayTable = z.object({
  version: z.literal(1),
  revision: z.number().int(),
  public: tcpEndpoint.describe('the one public address'),
  edge: gatewayEdge,
  control: endpoint.nullable().describe('the control plane, or null while it is away'),
  wake: z
    .object({ path: z.string().regex(/^\//), token: z.string().min(32) })
    .nullable()
    .describe(
      'how to wake a service: `POST {control}{path}/{service_id}` with the header `x-vitrine-wake: {token}` answers 204 once it takes requests, or else the error to pass on',
    ),
  jwt: z
    .object({ issuer: z.string(), public_key: z.record(z.string(), z.unknown()) })
    .describe('public_key is a JWK'),
  routes: z.array(gatewayRoute),
})
/** The route table. */
export type GatewayTable = z.infer<typeof gatewayTable>

/** The table of a gateway before it gets its first one. It serves nothing. */
export const emptyGatewayTable: GatewayTable = {
  version: 1,
  revision: 0,
  public: { host: '127.0.0.1', port: 1 },
  edge: plainEdge,
  control: null,
  wake: null,
  // A point on the curve that means "no key yet" (RFC 7517, appendix A.1). No route of this table needs it.
  jwt: {
    issuer: '',
    public_key: {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
    },
  },
  routes: [],
}

/**
 * Login tokens that are refused although they have not expired: those of a session that has ended, or of a user
 * who was removed or disabled, or whose password or role has changed.
 */
export const revokedLogins = z.object({
  subject: z
    .string()
    .regex(/^(?:session|user):[\x21-\x7e]+$/)
    .describe('`session:<id>` for the tokens with this `sid`, or `user:<id>` for those with this `sub`'),
  before_generation: z.number().int().nullable().describe('only tokens with a smaller `gen`; null: all'),
  until: z.iso
    .datetime()
    .describe('when the last of these tokens expires, after which the entry has no effect'),
})
/** Login tokens that are refused although they have not expired. */
export type RevokedLogins = z.infer<typeof revokedLogins>

/** A person whose role may run no service, and the groups whose services they may run all the same. */
const gatewayGrant = z.object({
  caller: z.string().regex(/^user:[\x21-\x7e]+$/),
  groups: z.array(z.string()),
})

/**
 * The credentials that the gateway knows: the SHA-256 of each API key, never the key itself, and the revoked logins,
 * and whom grants let in beside their role.
 */
export const gatewayKeys = z.object({
  version: z.literal(1),
  keys: z.array(
    z.object({
      id: z.string(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      scopes: z.array(apiKeyScope),
      service_ids: z.array(slug).nullable().describe('null: all services'),
      expires_at: z.iso.datetime().nullable(),
      // Absent for most keys.
      rate_limit: rateLimit.optional().describe('for all services together; if absent, there is none'),
    }),
  ),
  revoked: z.array(revokedLogins),
  // Absent if there is nobody.
  grants: z
    .array(gatewayGrant)
    .optional()
    .describe('the people whose role may run no service, and what groups of services grant them'),
})
/** Credentials as the gateway knows them. */
export type GatewayKeys = z.infer<typeof gatewayKeys>

/** The credentials of a gateway before it gets its first ones. It knows no key. */
export const noGatewayKeys: GatewayKeys = { version: 1, keys: [], revoked: [] }
