import { isIP } from 'node:net'
import {
  endpointText,
  idleConnectionS,
  type Endpoint,
  type GatewayRoute,
  type GatewayTable,
} from '@vitrine/contract'
import { shortDigest } from '../../../lib/short-digest.ts'
import type { HotPath } from './nginx.hot-path.ts'
import { plainName, quoted } from './nginx.words.ts'

/** A table, and the ids of its services for whose requests Lua picks an instance. */
export type GroupedTable = { table: GatewayTable; groups: ReadonlySet<string> }

/** What the upstreams of a configuration follow from. */
export type UpstreamsInput = GroupedTable & {
  /** The previous table. Until the workers are told of the new one, they use its upstreams. */
  previous: GroupedTable
  /** Upstreams defined in advance, so that an instance at one of these endpoints needs no reload. */
  named: readonly Endpoint[]
}

/**
 * For every request nginx compares the name with each upstream it knows, one after another. So the part that
 * differs comes first, with the last digit of the port at the front.
 */
const upstreamAt = (of: Endpoint) =>
  'socket' in of
    ? `${shortDigest(of.socket)}_vitrine_socket`
    : `${Array.from(String(of.port)).toReversed().join('')}_vitrine_at_${plainName(of.host)}`

/** Whether Lua connects to an endpoint itself. A host name would have to be resolved. */
const isForLua = (of: Endpoint) => 'socket' in of || isIP(of.host) !== 0

/** Whether Lua can connect to every instance of a route. */
export const isRouteForLua = (route: GatewayRoute): boolean => route.upstreams.every(isForLua)

const hasOwnGroup = (route: GatewayRoute, groups: GroupedTable['groups']): boolean =>
  route.upstreams.length > 1 && !groups.has(route.service_id)

/** Routes with several instances among which nginx itself chooses. */
const ownGroups = ({ table, groups }: GroupedTable): GatewayRoute[] =>
  table.routes.filter((route) => hasOwnGroup(route, groups))

/** The name of the group of a route, among whose instances nginx itself chooses; empty if it has none. It differs if one of them does. */
export const ownGroupName = (route: GatewayRoute, groups: GroupedTable['groups']): string =>
  hasOwnGroup(route, groups) ? groupName(route) : ''

/**
 * Returns where nginx is told to send a route's requests: the upstream for a single address (with Lua the
 * address itself), or the group of several. Empty if there is none, and if Lua picks the instance.
 */
export function upstreamName(route: GatewayRoute, hasLua: boolean, groups: ReadonlySet<string>): string {
  const [first, ...others] = route.upstreams
  if (!first || groups.has(route.service_id)) return ''
  if (others.length > 0) return groupName(route)
  return hasLua && isForLua(first) ? endpointText(first) : upstreamAt(first)
}

/** The name of nginx's own group for a route's instances. */
function groupName(route: GatewayRoute): string {
  // Without the sockets of its instances: the name stays when one of them starts again.
  const members = JSON.stringify(route.upstreams.map((one) => [one.instance_id, endpointText(one)]))
  return `vitrine_group_${plainName(route.service_id)}_${shortDigest(members)}`
}

/** How nginx keeps idle connections to instances. */
export const upstreamKeepAlive = `keepalive 64; keepalive_timeout ${idleConnectionS}s; keepalive_requests 1000000000;`

/** The endpoints that need an upstream of their own. */
export const namedFor = (named: readonly Endpoint[], hot: Pick<HotPath, 'upstream'>): readonly Endpoint[] =>
  hot.upstream === '' ? named : named.filter((address) => !isForLua(address))

/** The upstreams of a configuration. `hot.upstream` is the one with which Lua connects; empty without Lua. */
export function upstreams(input: UpstreamsInput, hot: Pick<HotPath, 'upstream'>): string {
  const named = namedFor(input.named, hot)
  const single = named.map(
    (address) => `upstream ${upstreamAt(address)} { server ${endpointText(address)}; ${upstreamKeepAlive} }`,
  )
  const groups = new Map(
    [...ownGroups(input), ...ownGroups(input.previous)].map((route) => [groupName(route), route]),
  )
  const several = [...groups].map(([name, route]) => {
    const servers = route.upstreams.map((one) => `server ${endpointText(one)} max_fails=1 fail_timeout=1s;`)
    return `upstream ${name} { zone ${name} 64k; least_conn; ${servers.join(' ')} ${upstreamKeepAlive} }`
  })
  const { control } = input.table
  const own = control
    ? [`upstream vitrine_control { server ${endpointText(control)}; ${upstreamKeepAlive} }`]
    : []
  return [hot.upstream, ...single, ...several, ...own].join('\n')
}

/** Maps an address to the instance of a group that answered, because nginx reports only the address. */
export function instanceMap(input: GroupedTable): string {
  const members = ownGroups(input).flatMap((route) => route.upstreams)
  const lines = members.map(
    (one) => `${quoted(endpointText(one))} ${quoted(JSON.stringify(one.instance_id))};`,
  )
  return `map $vt_last_address $vt_instance {\n  default null;\n  ${lines.join('\n  ')}\n}`
}
