import { isIP } from 'node:net'
import {
  endpointText,
  idleConnectionS,
  ownHostOf,
  type Endpoint,
  type GatewayEdge,
  type GatewayRoute,
  type GatewayTable,
  type TcpEndpoint,
} from '@vitrine/contract'
import { shortDigest } from '../../../lib/short-digest.ts'
import { gatewayRefused } from '../gateway.errors.ts'
import { controlServer } from './nginx.control-server.ts'
import { hostGuard, ownHostGuard } from './nginx.edge.ts'
import type { HotPath } from './nginx.hot-path.ts'
import { listens } from './nginx.listens.ts'

/** The paths of nginx's files. */
export type NginxPlaces = {
  /** Folder of the script, the state and the included parts. */
  folder: string
  accessLog: string
  controlSocket: string
}

/** What makes a complete configuration of the part for `http { … }`, if the process is our own. */
export type NginxFrame = {
  modulesFolder: string
  pidFile: string
  errorLog: string
  /** The account that workers run as, if we are root. */
  workerUser: string | null
  /** Whether algorithms run with the account of this nginx. */
  sharesAccount: boolean
  /** The maximum number of open files of a worker. */
  openFiles: number
  /** The built script for nginx's Lua; null if it has no Lua. */
  luaFile: string | null
}

/** A table, and the ids of its services for whose requests Lua picks an instance. */
export type GroupedTable = { table: GatewayTable; groups: ReadonlySet<string> }

/** The input of a configuration. */
export type NginxInput = GroupedTable & {
  /** The previous table. Until the workers are told of the new one, they use its upstreams. */
  previous: GroupedTable
  places: NginxPlaces
  frame: NginxFrame | null
  /** nginx reports this when it follows this configuration. */
  generation: string
  /** Upstreams defined in advance, so that an instance at one of these endpoints needs no reload. */
  named: readonly Endpoint[]
  /** Addresses (`host:port`) held by other processes. nginx does not listen on them. */
  held: ReadonlySet<string>
  /** Addresses beside those of the table on which nginx can listen (`besideLoopback`). */
  beside: ReadonlySet<string>
}

const refused = (reason: string) => gatewayRefused({ reason, address: null, holder: null })

const plainName = (text: string) => text.replaceAll(/[^a-z0-9]/gi, '_')
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

/** Routes with several instances among which nginx itself chooses. */
const ownGroups = ({ table, groups }: GroupedTable): GatewayRoute[] =>
  table.routes.filter((route) => route.upstreams.length > 1 && !groups.has(route.service_id))

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

function upstreams(input: NginxInput, hot: HotPath): string {
  const named = hot.upstream === '' ? input.named : input.named.filter((address) => !isForLua(address))
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
function instanceMap(input: GroupedTable): string {
  const members = ownGroups(input).flatMap((route) => route.upstreams)
  const lines = members.map(
    (one) => `${quoted(endpointText(one))} ${quoted(JSON.stringify(one.instance_id))};`,
  )
  return `map $vt_last_address $vt_instance {\n  default null;\n  ${lines.join('\n  ')}\n}`
}

/** Quotes a value for nginx's configuration. A dollar sign is refused, because it would start a variable. */
function quoted(text: string): string {
  if (text.includes('$')) throw refused(`nginx's configuration cannot hold ${text}`)
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

const milliseconds = (ms: number) => `${Math.max(1, Math.round(ms))}ms`

function limitsOf(route: GatewayRoute): string {
  const time = milliseconds(route.timeout_ms)
  return [
    // Zero would mean no limit, and "nothing" cannot be expressed. One byte is the smallest limit.
    `client_max_body_size ${Math.max(1, route.body_bytes)};`,
    `client_body_timeout ${time}; proxy_read_timeout ${time}; proxy_send_timeout ${time};`,
    `proxy_connect_timeout ${milliseconds(Math.min(route.timeout_ms, 5_000))};`,
  ].join(' ')
}

/** What rendering a service needs. */
type ServicesPart = Pick<NginxInput, 'groups' | 'beside'> & { parts: Parts; hot: HotPath; edge: GatewayEdge }

/**
 * Renders one service at one of its addresses: a location for requests that pass at once, and one for those
 * decided slowly.
 */
function service(route: GatewayRoute, prefix: string, { parts, hot, groups }: ServicesPart): string {
  const slow = `vitrine_${prefix === '' ? 'front' : 'path'}_${plainName(route.service_id)}`
  const about = `set $vt_service ${quoted(route.service_id)}; set $vt_prefix ${quoted(prefix)}; set $vt_slow @${slow};`
  const limits = `${limitsOf(route)} ${groups.has(route.service_id) ? hot.leave : ''}`
  const answer = `include ${prefix === '' ? parts.frontAnswer : parts.publicAnswer};`
  return `location ^~ ${prefix}/ {
  ${about} ${limits}
  ${hot.enter(route.service_id, prefix)}
  ${answer}
  include ${parts.fast};
}
location @${slow} {
  ${limits}
  ${answer}
  include ${parts.slow};
}`
}

/**
 * Each worker has its own queue for new connections, and the kernel spreads them evenly. With a common queue,
 * the worker that wakes first takes most of a burst, and one core does the work of two. Front ports do
 * without, because each worker needs its own socket for this. So does the public address where algorithms have nginx's
 * account: the kernel lets every process of an account join such a port, and gives it a part of all connections.
 */
const spreadOf = (frame: NginxFrame | null) => (frame && !frame.sharesAccount ? ' reuseport' : '')

/**
 * Refuses a path with dot segments, in a location that has no script. nginx has resolved them before it chose the
 * location, so the request may have asked for another one.
 */
const noDots = 'if ($vt_dots) { set $vt_error gateway.bad_request; return 419; }'

function publicServer({ table, frame }: NginxInput, part: ServicesPart): string {
  const { parts, hot } = part
  const services = table.routes.map((route) => {
    const prefix = route.path.slice(0, -1)
    return `location = ${prefix} { ${noDots} return 301 ${prefix}/$is_args$args; }\n${service(route, prefix, part)}`
  })
  return `server {
${listens(table.public, part, ` backlog=1024 default_server${spreadOf(frame)}`)}
include ${parts.server};
${hostGuard(part.edge, { host: table.public.host, isFront: false })}
${services.join('\n')}
location ^~ /ai/ { ${noDots} set $vt_error service.not_found; return 419; }
${table.control ? toControl(parts, hot) : `location / { ${noDots} set $vt_error gateway.control_away; return 419; }`}
}`
}

/** Before a reload closes idle connections, each answer closes its own connection. */
function toControl(parts: Parts, hot: HotPath): string {
  return `location / { error_page 418 = @vitrine_control_closing; ${noDots} ${hot.closing} if ($vt_closing) { return 418; } include ${parts.control}; }
location @vitrine_control_closing { keepalive_timeout 0; include ${parts.control}; }`
}

/** A server for one service alone. `begin` are its first lines; `guard` refuses requests for other hosts. */
const serverOf = (route: GatewayRoute, part: ServicesPart, begin: string, guard: string) => `server {
${begin}
include ${part.parts.server};
${guard}
${service(route, '', part)}
}`

function frontServer(route: GatewayRoute, front: TcpEndpoint, part: ServicesPart): string {
  const guard = hostGuard(part.edge, { host: front.host, isFront: true })
  return serverOf(route, part, listens(front, part, ' backlog=1024 default_server'), guard)
}

/** The server of a service's own host at the public address. No cookie is a sign-in there. */
function ownHostServer(route: GatewayRoute, address: TcpEndpoint, part: ServicesPart): string {
  const host = ownHostOf(part.edge, route.service_id)
  if (host === null) return ''
  const begin = `${listens(address, part)}\nserver_name ${host};\nset $vt_own_host 1;`
  return serverOf(route, part, begin, ownHostGuard(part.edge, host))
}

/**
 * The files with parts of the configuration. Their names contain a digest, so a running nginx never sees
 * other contents.
 */
export type Parts = {
  server: string
  fast: string
  slow: string
  control: string
  publicAnswer: string
  frontAnswer: string
}

/** Renders the configuration. Pure: the same input gives the same text. */
export function renderNginx(input: NginxInput, parts: Parts, httpPart: string, hot: HotPath): string {
  const part = { parts, hot, groups: input.groups, beside: input.beside, edge: input.table.edge }
  const fronts = input.table.routes.flatMap((route) =>
    route.front && !input.held.has(endpointText(route.front)) ? [frontServer(route, route.front, part)] : [],
  )
  const isPublicOpen = input.table.revision > 0 && !input.held.has(endpointText(input.table.public))
  const owns = input.table.routes.map((route) => ownHostServer(route, input.table.public, part))
  const http = [
    // The names of services' own hosts are longer than nginx expects. In the system's nginx, this is not ours to set.
    input.frame && part.edge.apps_domain !== null ? 'server_names_hash_bucket_size 512;' : '',
    httpPart,
    upstreams(input, hot),
    instanceMap(input),
    controlServer(input.places.controlSocket, input.generation, hot),
    ...(isPublicOpen ? [publicServer(input, part), ...owns] : []),
    ...fronts,
  ].join('\n')
  return input.frame === null ? `${http}\n` : framed(input.frame, hot.modules, http)
}

/**
 * The folders that an nginx makes at its start and gives to its workers, relative to its own folder. Bodies are not
 * buffered, so nothing is in them. Without these lines, they are those of the machine's nginx, whose workers may be
 * another account.
 */
const temporaryFolders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((name) => `${name}_temp_path temp_${name};`)
  .join('\n')

function framed(frame: NginxFrame, modules: readonly string[], http: string): string {
  const loaded = ['ngx_http_js_module.so', ...modules].map(
    (name) => `load_module ${quoted(`${frame.modulesFolder}/${name}`)};`,
  )
  return `${loaded.join('\n')}
daemon off;
${frame.workerUser === null ? '' : `user ${frame.workerUser};`}
worker_processes auto;
pcre_jit on;
worker_rlimit_nofile ${frame.openFiles};
pid ${quoted(frame.pidFile)};
error_log ${quoted(frame.errorLog)} warn;
events { worker_connections ${Math.min(16_384, frame.openFiles)}; }
http {
${temporaryFolders}
${http}
}
`
}
