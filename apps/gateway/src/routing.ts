import { acceptedHosts, ownHostOf, type GatewayRoute, type GatewayTable } from '@vitrine/contract'
import { rateLimitOf, type RateLimit } from '@vitrine/contract/rate-limit'
import { Edge } from './edge.ts'
import { LoginTokens } from './tokens.ts'
import type { Upstream, UpstreamRegistry } from './upstreams.ts'

/** A service as the gateway serves it. */
export type Route = {
  readonly serviceId: string
  readonly release: number | null
  readonly slug: string
  /** `/ai/<slug>`, without a slash at the end. */
  readonly prefix: string
  readonly state: GatewayRoute['state']
  readonly upstreams: readonly Upstream[]
  readonly authRequired: boolean
  readonly rateLimit: RateLimit | null
  readonly bodyBytes: number
  readonly timeoutMs: number
  /** Whether request and response bodies are kept. */
  readonly keepsBodies: boolean
  /** The group whose grants open it. */
  readonly group: string | undefined
}

/**
 * A service at one of its addresses. `path` is without the prefix. `takesCookies` says whether session cookies are
 * accepted as a sign-in there.
 */
type AtService = { kind: 'service'; route: Route; path: string; prefix: string; takesCookies: boolean }

/** Where a request goes: the control plane, a service, a redirect, or nowhere. */
export type Destination =
  { kind: 'control' } | AtService | { kind: 'redirect'; location: string } | { kind: 'unknown' }

/** A table compiled for serving. It never changes: a new table is compiled to a new one. */
export type Routing = {
  readonly revision: number
  readonly publicKey: string
  readonly control: Upstream | null
  /** How to ask the control plane to wake a service. */
  readonly wake: GatewayTable['wake']
  readonly tokens: LoginTokens
  /** Services by their rows of the table. */
  readonly byRow: ReadonlyMap<GatewayRoute, Route>
  readonly bySlug: ReadonlyMap<string, Route>
  /** Services by the address (`host:port`) of their front port. */
  readonly byFront: ReadonlyMap<string, Route>
  /** Services by their own host at the public address. */
  readonly byOwnHost: ReadonlyMap<string, Route>
  /** How the client of a request is found. */
  readonly edge: Edge
  /** The `Host` headers accepted at an address. One that is missing here accepts every host. */
  readonly hosts: ReadonlyMap<string, RegExp>
  /** Every address to listen on. */
  readonly addresses: ReadonlyMap<string, { host: string; port: number }>
}

/** The form of an address as a map key. */
const addressKey = (address: { host: string; port: number }) => `${address.host}:${address.port}`

/** The service of a row of the table. The counter of its rate limit is kept if its former route had the same limit. */
function routeOf(
  wanted: GatewayRoute,
  { slug, before, registry }: { slug: string; before: Route | undefined; registry: UpstreamRegistry },
): Route {
  const limit = wanted.rate_limit
  return {
    serviceId: wanted.service_id,
    release: wanted.release,
    slug,
    prefix: `/ai/${slug}`,
    state: wanted.state === 'up' && wanted.upstreams.length === 0 ? 'starting' : wanted.state,
    upstreams: wanted.upstreams.map((address) => registry.at(address)),
    authRequired: wanted.auth === 'required',
    rateLimit: limit && rateLimitOf(before?.rateLimit, limit),
    bodyBytes: wanted.body_bytes,
    timeoutMs: wanted.timeout_ms,
    keepsBodies: wanted.keep_bodies === true,
    group: wanted.group,
  }
}

/** Every address to listen on, and the `Host` headers that it accepts. Pure. */
function addressesOf({ edge, public: main, routes }: GatewayTable): Pick<Routing, 'addresses' | 'hosts'> {
  const fronts = routes.flatMap(({ front }) => front ?? [])
  const patternAt = (host: string, isFront: boolean) => {
    const pattern = acceptedHosts(edge, { host, isFront })
    return pattern === null ? null : new RegExp(pattern, 'i')
  }
  // Thousands of front ports have one host.
  const ofFronts = new Map(
    [...new Set(fronts.map(({ host }) => host))].map((host) => [host, patternAt(host, true)]),
  )
  const hosts = new Map<string, RegExp>()
  const accept = (address: { host: string; port: number }, pattern: RegExp | null | undefined) => {
    if (pattern) hosts.set(addressKey(address), pattern)
  }
  accept(main, patternAt(main.host, false))
  for (const front of fronts) accept(front, ofFronts.get(front.host))
  return { addresses: new Map([main, ...fronts].map((address) => [addressKey(address), address])), hosts }
}

/**
 * Compiles a table. Upstreams, rate limit counters and verified tokens of the previous table are kept if
 * nothing about them changed, and so is a service whose row is the same object. Rejects if the public key cannot be
 * read. A table has no two routes with the same address or path (`readServableTable`).
 */
export async function compileRouting(
  table: GatewayTable,
  registry: UpstreamRegistry,
  previous: { table: GatewayTable; routing: Routing } | null,
): Promise<Routing> {
  const byRow = new Map<GatewayRoute, Route>()
  const bySlug = new Map<string, Route>()
  const byFront = new Map<string, Route>()
  const byOwnHost = new Map<string, Route>()
  for (const wanted of table.routes) {
    const slug = wanted.path.slice('/ai/'.length, -1)
    const route =
      previous?.routing.byRow.get(wanted) ??
      routeOf(wanted, { slug, before: previous?.routing.bySlug.get(slug), registry })
    byRow.set(wanted, route)
    bySlug.set(slug, route)
    const ownHost = ownHostOf(table.edge, wanted.service_id)
    if (ownHost !== null) byOwnHost.set(ownHost, route)
    if (wanted.front) byFront.set(addressKey(wanted.front), route)
  }
  const sameKey = previous && JSON.stringify(previous.table.jwt) === JSON.stringify(table.jwt)
  return {
    revision: table.revision,
    publicKey: addressKey(table.public),
    control: table.control && registry.at(table.control),
    wake: table.wake,
    tokens: sameKey ? previous.routing.tokens : await LoginTokens.from(table.jwt),
    byRow,
    bySlug,
    byFront,
    byOwnHost,
    edge: new Edge(table.edge),
    ...addressesOf(table),
  }
}

/** Every upstream that a routing uses. */
export function upstreamsOf(routing: Routing): Set<Upstream> {
  const used = new Set<Upstream>()
  if (routing.control) used.add(routing.control)
  for (const route of routing.bySlug.values()) for (const upstream of route.upstreams) used.add(upstream)
  return used
}

/** The service whose own host a request at `listener` names. Undefined if it names no service's host. */
export function ownHostRoute(
  routing: Routing,
  listener: string,
  host: string | undefined,
): Route | undefined {
  if (routing.byOwnHost.size === 0 || host === undefined || listener !== routing.publicKey) return undefined
  return routing.byOwnHost.get(host.toLowerCase().replace(/\.?(?::\d{1,5})?$/, ''))
}

/**
 * Finds the destination of a request for `host` that arrived on `listener`. `url` starts with a slash and may have a
 * query.
 */
export function findDestination(
  routing: Routing,
  listener: string,
  url: string,
  host: string | undefined,
): Destination {
  if (listener !== routing.publicKey) {
    const route = routing.byFront.get(listener)
    return route ? { kind: 'service', route, path: url, prefix: '', takesCookies: true } : { kind: 'unknown' }
  }
  const own = ownHostRoute(routing, listener, host)
  if (own) return { kind: 'service', route: own, path: url, prefix: '', takesCookies: false }
  if (!url.startsWith('/ai/')) return { kind: 'control' }
  const slash = url.indexOf('/', 4)
  const query = url.indexOf('?', 4)
  if (slash === -1 || (query !== -1 && query < slash)) {
    const slug = query === -1 ? url.slice(4) : url.slice(4, query)
    if (!routing.bySlug.has(slug)) return { kind: 'unknown' }
    return { kind: 'redirect', location: `/ai/${slug}/${query === -1 ? '' : url.slice(query)}` }
  }
  const route = routing.bySlug.get(url.slice(4, slash))
  return route
    ? { kind: 'service', route, path: url.slice(slash), prefix: route.prefix, takesCookies: true }
    : { kind: 'unknown' }
}
