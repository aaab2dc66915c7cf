import {
  connectMs,
  endpointText,
  linkTokenAfter,
  ownHostOf,
  type GatewayEdge,
  type GatewayRoute,
  type TcpEndpoint,
} from '@vitrine/contract'
import { controlServer } from './nginx.control-server.ts'
import { hostGuard, ownHostGuard } from './nginx.edge.ts'
import { framed, type NginxFrame } from './nginx.frame.ts'
import type { HotPath } from './nginx.hot-path.ts'
import { listens } from './nginx.listens.ts'
import { instanceMap, upstreams, type UpstreamsInput } from './nginx.upstreams.ts'
import { plainName, quoted } from './nginx.words.ts'

/** The paths of nginx's files. */
export type NginxPlaces = {
  /** Folder of the script, the state and the included parts. */
  folder: string
  accessLog: string
  controlSocket: string
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

/** The input of a configuration. */
export type NginxInput = UpstreamsInput & {
  places: NginxPlaces
  frame: NginxFrame | null
  /** nginx reports this when it follows this configuration. */
  generation: string
  /** Addresses (`host:port`) held by other processes. nginx does not listen on them. */
  held: ReadonlySet<string>
  /** Addresses beside those of the table on which nginx can listen (`besideLoopback`). */
  beside: ReadonlySet<string>
  /** How long a client may take nothing of an answer, if its service has no longer timeout. In milliseconds. */
  stalledMs: number
}

const milliseconds = (ms: number) => `${Math.max(1, Math.round(ms))}ms`

function limitsOf(route: GatewayRoute, stalledMs: number): string {
  const time = milliseconds(route.timeout_ms)
  return [
    // Zero would mean no limit, and "nothing" cannot be expressed. One byte is the smallest limit.
    `client_max_body_size ${Math.max(1, route.body_bytes)};`,
    `client_body_timeout ${time}; proxy_read_timeout ${time}; proxy_send_timeout ${time};`,
    `send_timeout ${milliseconds(Math.max(route.timeout_ms, stalledMs))};`,
    `proxy_connect_timeout ${milliseconds(Math.min(route.timeout_ms, connectMs))};`,
  ].join(' ')
}

/** What rendering a service needs. */
type ServicesPart = Pick<NginxInput, 'groups' | 'beside' | 'stalledMs'> & {
  parts: Parts
  hot: HotPath
  edge: GatewayEdge
}

/**
 * Renders one service at one of its addresses: a location for requests that pass at once, and one for those
 * decided slowly.
 */
function service(
  route: GatewayRoute,
  prefix: string,
  { parts, hot, groups, stalledMs }: ServicesPart,
): string {
  const slow = `vitrine_${prefix === '' ? 'front' : 'path'}_${plainName(route.service_id)}`
  const about = `set $vt_service ${quoted(route.service_id)}; set $vt_prefix ${quoted(prefix)}; set $vt_slow @${slow};`
  const limits = `${limitsOf(route, stalledMs)} ${groups.has(route.service_id) ? hot.leave : ''}`
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
 * Each worker has its own queue for new connections, and the kernel spreads them evenly. With a common queue, the
 * worker that wakes first takes most of a burst, and one core does the work of two. Front ports do not use this,
 * because each worker needs its own socket for it. The public address does not use it either if algorithms have nginx's
 * account, because the kernel lets every process of an account join such a port, and gives it a part of all
 * connections.
 */
const spreadOf = (frame: NginxFrame | null) => (frame && !frame.sharesAccount ? ' reuseport' : '')

/**
 * Refuses a path with dot segments, in a location that has no script. nginx has resolved them before it chose the
 * location, so the request may have asked for another one.
 */
const noDots = 'if ($vt_dots) { set $vt_error gateway.bad_request; return 419; }'

function publicServer({ table, frame, places }: NginxInput, part: ServicesPart, services: string[]): string {
  const { parts, hot } = part
  return `server {
${listens(table.public, part, ` backlog=1024 default_server${spreadOf(frame)}`)}
include ${parts.server};
${hostGuard(part.edge, { host: table.public.host, isFront: false })}
${services.join('\n')}
location ^~ /ai/ { ${noDots} set $vt_error service.not_found; return 419; }
${table.control ? toControl(parts, hot, frame?.errorLog ?? places.accessLog) : `location / { ${noDots} set $vt_error gateway.control_away; return 419; }`}
}`
}

/**
 * Renders the locations of the control plane. nginx quotes the URL of a request in each error message about it. So no
 * errors below `emerg` are logged for requests whose URL contains the token of a share link; even a missing socket is
 * only `crit`, and `emerg` is never about a request. The access log has such requests without the token. `log` is a
 * file that nginx has open anyway.
 */
function toControl(parts: Parts, hot: HotPath, log: string): string {
  const locations = (match: string, name: string, logging: string) =>
    // Before a reload closes idle connections, each answer closes its own connection.
    `location ${match} { ${logging}error_page 418 = @${name}; ${noDots} ${hot.closing} if ($vt_closing) { return 418; } include ${parts.control}; }
location @${name} { ${logging}keepalive_timeout 0; include ${parts.control}; }`
  return `${locations('/', 'vitrine_control_closing', '')}
${locations(`~ "^${linkTokenAfter}"`, 'vitrine_link_closing', `error_log ${quoted(log)} emerg; `)}`
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

/** The server of a service's own host at the public address. Cookies are not accepted as a sign-in there. */
function ownHostServer(route: GatewayRoute, address: TcpEndpoint, part: ServicesPart): string {
  const host = ownHostOf(part.edge, route.service_id)
  if (host === null) return ''
  const begin = `${listens(address, part)}\nserver_name ${host};\nset $vt_own_host 1;`
  return serverOf(route, part, begin, ownHostGuard(part.edge, host))
}

function atPublicAddress(route: GatewayRoute, part: ServicesPart): string {
  const prefix = route.path.slice(0, -1)
  return `location = ${prefix} { ${noDots} return 308 ${prefix}/$is_args$args; }\n${service(route, prefix, part)}`
}

/** What the text of a route follows from besides the route and the parts. */
export type RoutesInput = Pick<NginxInput, 'table' | 'groups' | 'beside' | 'stalledMs' | 'held'>

/** Everything of the configuration that is about one route, without the group of its instances. */
export function routeTexts(
  route: GatewayRoute,
  { table, held, groups, beside, stalledMs }: RoutesInput,
  { parts, hot }: Pick<ServicesPart, 'parts' | 'hot'>,
): { location: string; ownHost: string; front: string } {
  const part = { parts, hot, groups, beside, stalledMs, edge: table.edge }
  const { front } = route
  return {
    location: atPublicAddress(route, part),
    ownHost: ownHostServer(route, table.public, part),
    front: front && !held.has(endpointText(front)) ? frontServer(route, front, part) : '',
  }
}

/** Renders the configuration. Pure: the same input gives the same text. */
export function renderNginx(input: NginxInput, parts: Parts, httpPart: string, hot: HotPath): string {
  const { groups, beside, stalledMs } = input
  const part = { parts, hot, groups, beside, stalledMs, edge: input.table.edge }
  const texts = input.table.routes.map((route) => routeTexts(route, input, { parts, hot }))
  const isPublicOpen = input.table.revision > 0 && !input.held.has(endpointText(input.table.public))
  const http = [
    // The names of services' own hosts are longer than nginx expects. In the system's nginx, this is not ours to set.
    input.frame && part.edge.apps_domain !== null ? 'server_names_hash_bucket_size 512;' : '',
    httpPart,
    upstreams(input, hot),
    instanceMap(input),
    controlServer(input.places.controlSocket, input.generation, hot),
    ...(isPublicOpen
      ? [
          publicServer(
            input,
            part,
            texts.map(({ location }) => location),
          ),
          ...texts.map(({ ownHost }) => ownHost),
        ]
      : []),
    ...texts.map(({ front }) => front),
  ].join('\n')
  return input.frame === null ? `${http}\n` : framed(input.frame, hot.modules, http)
}
