import { createPublicKey } from 'node:crypto'
import { z } from 'zod'
import {
  endpointText,
  mayRunServices,
  role,
  type Endpoint,
  type GateChange,
  type GateKeys,
  type GateRevoked,
  type GateRoute,
  type GateTable,
  type GatewayChange,
  type GatewayKeys,
  type GatewayRoute,
  type GatewayTable,
} from '@vitrine/contract'
import { gatewayRefused } from '../gateway.errors.ts'
import { luaGroup } from './nginx.hot-path.ts'
import { upstreamName, type GroupedTable } from './nginx.upstreams.ts'

/** Returns every address that a table wants to listen on. */
export const wantedAddresses = (table: GatewayTable) =>
  table.revision === 0
    ? []
    : [table.public, ...table.routes.flatMap(({ front }) => (front === null ? [] : [front]))]

/** The URL of a path at an endpoint. nginx needs a colon after the path of a unix socket. */
const urlAt = (of: Endpoint, path: string) => `http://${endpointText(of)}${'socket' in of ? ':' : ''}${path}`

/** How routes are converted to the form for the script inside nginx. */
type Form = { groups: GroupedTable['groups']; hasLua: boolean }

function gateRoute(route: GatewayRoute, { groups, hasLua }: Form): GateRoute {
  const [first, ...others] = route.upstreams
  const upstream = upstreamName(route, hasLua, groups)
  const isAddress = first !== undefined && upstream === endpointText(first)
  return {
    service_id: route.service_id,
    state: route.state === 'up' && !first ? 'starting' : route.state,
    auth: route.auth,
    release: route.release,
    upstream,
    way: hasLua && !isAddress ? upstream || luaGroup : null,
    upstreams: route.upstreams.map((one) => ({
      address: endpointText(one),
      instance_id: one.instance_id,
      ...(hasLua && 'listeners' in one && one.listeners && { listeners: one.listeners }),
    })),
    instance_id: first && others.length === 0 ? first.instance_id : null,
    rate_limit: route.rate_limit,
    body_bytes: route.body_bytes,
    ...(route.group !== undefined && { group: route.group }),
  }
}

/** Converts a table to the form for the script inside nginx. */
export function gateTable(table: GatewayTable, form: Form): GateTable {
  const { control, wake, jwt } = table
  return {
    revision: table.revision,
    wake: control && wake && { url: urlAt(control, wake.path), token: wake.token },
    jwt: { issuer: jwt.issuer, public_key: publicKey.parse(jwt.public_key), roles: role.options },
    routes: table.routes.map((route) => gateRoute(route, form)),
  }
}

/** Converts what has changed of a table in the same way. */
export const gateChange = ({ base, revision, routes, removed }: GatewayChange, form: Form): GateChange => ({
  base,
  revision,
  routes: routes.map((route) => gateRoute(route, form)),
  removed,
})

/** Converts API keys, revoked logins and grants to the form for the script inside nginx. */
export const gateKeys = ({ keys, revoked, grants = [] }: GatewayKeys): GateKeys => ({
  keys: keys.map((key) => ({
    sha256: key.sha256,
    caller: `key:${key.id}`,
    mayRun: mayRunServices(key.scopes),
    services: key.service_ids,
    expiresMs: key.expires_at === null ? null : Date.parse(key.expires_at),
    rate_limit: key.rate_limit,
  })),
  revoked: gateRevoked(revoked),
  grants,
})

const gateRevoked = (revoked: GatewayKeys['revoked']): GateRevoked => ({
  until: Math.max(0, ...revoked.map(({ until }) => Date.parse(until))),
  before: Object.fromEntries(
    revoked.map(({ subject, before_generation }) => [subject, before_generation ?? Number.MAX_SAFE_INTEGER]),
  ),
})

const publicKey = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() })

const refuse = (reason: string) => gatewayRefused({ reason, address: null, holder: null })

/** Throws for a fault that nginx itself would not notice: an invalid key. */
export function checkKey(table: GatewayTable): void {
  const key = publicKey.safeParse(table.jwt.public_key)
  if (!key.success) throw refuse('the public key is not one on P-256, which alone nginx can check')
  try {
    createPublicKey({ key: { ...key.data }, format: 'jwk' })
  } catch (error) {
    throw refuse(`the public key cannot be read: ${String(error)}`)
  }
}
