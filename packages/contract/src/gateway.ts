import { z } from 'zod'
import { slug } from './common.ts'
import { apiKeyScope } from './permissions.ts'

const address = z.object({ host: z.string(), port: z.number().int().min(1).max(65535) })

/** Where a service's requests go. `stopped` answers 503 `service.stopped`, `starting` 503 with `Retry-After`. */
export const gatewayRoute = z.object({
  service_id: slug,
  release: z.number().int().nullable().describe('for the access log'),
  path: z.string().regex(/^\/ai\/[a-z0-9-]+\/$/),
  front: address.nullable().describe('the service’s own stable port, or none'),
  state: z.enum(['up', 'starting', 'stopped']),
  upstreams: z.array(address.extend({ instance_id: z.string() })),
  auth: z.enum(['required', 'public']),
  rate_limit: z.object({ requests: z.number().int().min(1), window_s: z.number().min(1) }).nullable(),
  body_bytes: z.number().int().min(0),
  timeout_ms: z.number().int().min(1),
})
/** Where a service's requests go. */
export type GatewayRoute = z.infer<typeof gatewayRoute>

/**
 * The route table: what the control plane writes (to a temporary name, then renamed) and a gateway driver serves.
 * It holds no secret: login tokens are checked by their public key.
 */
export const gatewayTable = z.object({
  version: z.literal(1),
  revision: z.number().int(),
  public: address.describe('the one public address'),
  control: address.nullable().describe('the control plane, or null while it is away'),
  jwt: z
    .object({ issuer: z.string(), public_key: z.record(z.string(), z.unknown()) })
    .describe('public_key is a JWK'),
  routes: z.array(gatewayRoute),
})
/** The route table. */
export type GatewayTable = z.infer<typeof gatewayTable>

/** API keys as the gateway knows them: SHA-256 of the key, never the key. */
export const gatewayKeys = z.object({
  version: z.literal(1),
  keys: z.array(
    z.object({
      id: z.string(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      scopes: z.array(apiKeyScope),
      service_ids: z.array(slug).nullable().describe('null: all services'),
      expires_at: z.iso.datetime().nullable(),
    }),
  ),
})
/** API keys as the gateway knows them. */
export type GatewayKeys = z.infer<typeof gatewayKeys>

/** One line of the gateway's JSON access log. */
export const accessLogLine = z.object({
  time: z.iso.datetime(),
  request_id: z.string(),
  service_id: z.string().nullable(),
  release: z.number().int().nullable(),
  instance_id: z.string().nullable(),
  caller: z.string().nullable().describe('user:<id>, key:<id> or share:<id>'),
  method: z.string(),
  path: z.string().describe('without query'),
  status: z.number().int(),
  latency_ms: z.number(),
  bytes_in: z.number().int(),
  bytes_out: z.number().int(),
  remote_address: z.string(),
  error: z.string().nullable().describe('the gateway’s own error code, if it answered itself'),
})
/** One line of the gateway's JSON access log. */
export type AccessLogLine = z.infer<typeof accessLogLine>

/** Name of the cookie that a sign-in sets. */
export const sessionCookie = 'vitrine_session'
/** What every API key starts with, so that leaked ones can be found by scanners. */
export const apiKeyPrefix = 'vtk_'
