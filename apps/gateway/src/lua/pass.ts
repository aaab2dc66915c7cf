import type { GateRoute } from '@vitrine/contract'
import { withoutOurCookies } from '../cookies.ts'
import type { GateRequest } from '../njs/host.ts'
import type * as njs from '../njs/pass.ts'
import { createCache, type Cache } from './cache.ts'
import { choose, type Chosen } from './chosen.ts'
import { noteSockets } from './noted-sockets.ts'
import { requestIdOf } from './request-id.ts'

/**
 * What all requests of one caller to one route have in common: headers for the instance and fields of the log line. The
 * fields with the path are cached for each target. So a request creates hardly any strings, which would have to be
 * garbage collected.
 */
type CommonParts = { headers: string; fields: string; withPath: Cache<string>; instance: string | null }

type RouteParts = { route: GateRoute; chosen: Chosen; byCaller: Cache<CommonParts> }

const partsByRoute = createCache<RouteParts>()
const urls = createCache<string>({ most: 2_000, longest: 256 })

function newCommonParts(route: GateRoute, prefix: string, caller: string | null): CommonParts {
  const who = caller === null ? '' : `\r\nX-Vitrine-Caller: ${caller}`
  const where = prefix === '' ? '' : `\r\nX-Forwarded-Prefix: ${prefix}`
  const service = `"service_id":${JSON.stringify(route.service_id)},"release":${route.release ?? 'null'}`
  const from = caller === null ? 'null' : JSON.stringify(caller)
  return {
    headers: `${where}${who}`,
    fields: `${service},"caller":${from},"error":null`,
    withPath: createCache({ most: 100, longest: 256 }),
    instance: route.instance_id === null ? null : JSON.stringify(route.instance_id),
  }
}

const newRouteParts = (route: GateRoute): RouteParts => ({
  route,
  chosen: { address: route.upstream, sockets: noteSockets(route) },
  byCaller: createCache({ most: 1_000, longest: 256 }),
})

function routePartsOf(route: GateRoute, prefix: string): RouteParts {
  // A prefix belongs to one service, and no service id equals a prefix.
  const name = prefix === '' ? route.service_id : prefix
  const known = partsByRoute.get(name)
  return known?.route === route ? known : partsByRoute.set(name, newRouteParts(route))
}

const commonPartsOf = ({ route, byCaller }: RouteParts, prefix: string, caller: string | null): CommonParts =>
  byCaller.get(caller ?? '') ?? byCaller.set(caller ?? '', newCommonParts(route, prefix, caller))

/**
 * The fields with the path. Empty if JSON must escape characters of the path, which a pattern in nginx
 * detects.
 */
function fieldsOf(r: GateRequest, { fields, withPath }: CommonParts, target: string): string {
  const known = withPath.get(target)
  if (known !== undefined) return known
  const path = r.variables.vt_plain === '1' ? r.variables.vt_path : undefined
  return withPath.set(target, path === undefined ? '' : `${fields},"path":"${path}","bytes_in":0`)
}

/**
 * The fields with the announced length of the body; undefined if the length is known only later or needs
 * another form.
 */
function fieldsWithLength(r: GateRequest, common: CommonParts, target: string): string | undefined {
  const fields = fieldsOf(r, common, target)
  const length = r.headersIn['Content-Length']
  if (fields === '' || r.headersIn['Transfer-Encoding'] !== undefined) return undefined
  return length === undefined ? fields : `${fields.slice(0, -1)}${length}`
}

/** Headers for the instance that few requests have. */
function rareHeaders(r: GateRequest): string {
  const { Upgrade, Cookie } = r.headersIn
  // Only few requests have this header, so for others nginx need not compare it with a pattern.
  const isUpgrade = Upgrade !== undefined && r.variables.vt_upgrade !== ''
  const upgrade = isUpgrade ? `\r\nUpgrade: websocket\r\nConnection: upgrade` : ''
  const cookie = Cookie === undefined ? undefined : withoutOurCookies(Cookie)
  return cookie === undefined ? upgrade : `${upgrade}\r\nCookie: ${cookie}`
}

/**
 * The URL of a request that is connected to the address of its instance. The name of its upstream (`nginx.hot-path.ts`) is short,
 * because nginx reads it letter by letter for each request.
 */
const urlOf = (rest: string): string => urls.get(rest) ?? urls.set(rest, `http://vt_at${rest}`)

/**
 * As in njs, but also sets what nginx would otherwise build from patterns: the headers (`$vt_headers`) and
 * most of the log line (`$vt_fields`).
 */
export const pass: typeof njs.pass = (r, route, caller, { target, prefix, rest }) => {
  const v = r.variables
  const ofRoute = routePartsOf(route, prefix)
  choose(ofRoute.chosen)
  const common = commonPartsOf(ofRoute, prefix, caller)
  v.vt_request_id = requestIdOf(r)
  const rare = rareHeaders(r)
  // To join a text with an empty one costs as much as any other join.
  v.vt_headers = rare === '' ? common.headers : `${common.headers}${rare}`
  v.vt_upstream = route.upstream
  if (common.instance !== null) v.vt_instance = common.instance
  const fields = fieldsWithLength(r, common, target)
  if (fields !== undefined) v.vt_fields = fields
  return route.way === null ? urlOf(rest) : `http://${route.way}${rest}`
}
