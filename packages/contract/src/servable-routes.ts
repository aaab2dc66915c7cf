import { z } from 'zod'
import { endpointText } from './endpoint-text.ts'
import { sentChange, type GatewayChange } from './gateway-change.ts'
import { gatewayRoute, gatewayTable, type GatewayRoute, type GatewayTable } from './gateway.ts'
import { listenHost } from './network-endpoint.ts'

/** A route that a gateway leaves out of its table, or whose front port it does not open. */
export const leftOutRoute = z.object({
  service_id: z.string(),
  part: z.enum(['front', 'route']).describe('its front port alone, or all of it'),
  cause: z
    .enum(['held', 'absent', 'unusable'])
    .describe(
      'held: another process has the port; absent: the machine does not have the address; unusable: this gateway can never serve this route',
    ),
  reason: z.string().describe('for the log: what the gateway found'),
})
/** A route that a gateway leaves out of its table, or whose front port it does not open. */
export type LeftOutRoute = z.infer<typeof leftOutRoute>

/** A table that a gateway can serve, and what was left out of it. */
export type ServableTable = { table: GatewayTable; leftOut: LeftOutRoute[] }
/** A change that a gateway can make, and what was left out of it. */
export type ServableChange = { change: GatewayChange; leftOut: LeftOutRoute[] }

const frame = gatewayTable.extend({ routes: z.array(z.unknown()) })
const named = z.object({ service_id: z.string() })
const nameOf = (route: unknown): string => named.safeParse(route).data?.service_id ?? ''

/** Returns a table without the routes and front ports that are left out. The other routes are the same objects. Pure. */
export function withoutLeftOut<T extends Pick<GatewayTable, 'routes'>>(
  table: T,
  leftOut: readonly Pick<LeftOutRoute, 'service_id' | 'part'>[],
): T {
  const outOf = (part: LeftOutRoute['part']) =>
    new Set(leftOut.filter((one) => one.part === part).map(({ service_id: id }) => id))
  const [out, closed] = [outOf('route'), outOf('front')]
  const routes = table.routes
    .filter(({ service_id: id }) => !out.has(id))
    .map((route) => (closed.has(route.service_id) ? { ...route, front: null } : route))
  return { ...table, routes }
}

/** Reads routes that are to be served beside others, and leaves out what cannot be. */
function routesBeside(
  publicAddress: GatewayTable['public'],
  beside: readonly GatewayRoute[],
  all: readonly unknown[],
): { routes: GatewayRoute[]; leftOut: LeftOutRoute[] } {
  const leftOut: LeftOutRoute[] = []
  const paths = new Set(beside.map(({ path }) => path))
  const fronts = beside.flatMap(({ front }) => front ?? [])
  const addresses = new Set([publicAddress, ...fronts].map(endpointText))
  const leave = (id: string, part: LeftOutRoute['part'], reason: string) =>
    void leftOut.push({ service_id: id, part, cause: 'unusable', reason })

  /** The front port of a route, or null if it cannot be opened. */
  function frontOf({ service_id: id, front }: GatewayRoute): GatewayRoute['front'] {
    if (front === null) return null
    const text = endpointText(front)
    const isUsable = listenHost.safeParse(front.host).success
    if (!isUsable) leave(id, 'front', `${JSON.stringify(front.host)} is not an address to listen on`)
    else if (addresses.has(text)) leave(id, 'front', `another route, or the public address, has ${text}`)
    else {
      addresses.add(text)
      return front
    }
    return null
  }

  const routes = all.flatMap((each): GatewayRoute[] => {
    const parsed = gatewayRoute.safeParse(each)
    if (!parsed.success) {
      leave(nameOf(each), 'route', z.prettifyError(parsed.error))
      return []
    }
    const route = parsed.data
    if (paths.has(route.path)) {
      leave(route.service_id, 'route', `another route has the path ${route.path}`)
      return []
    }
    paths.add(route.path)
    return [{ ...route, front: frontOf(route) }]
  })
  return { routes, leftOut }
}

/**
 * Reads a table and leaves out what no gateway can serve, so that one bad route does not stop the others: a
 * route that is not well-formed or has the path of another one, and a front port whose host cannot be listened
 * on or that another route has. Throws a ZodError if anything but a route is not well-formed. Pure.
 */
export function readServableTable(value: unknown): ServableTable {
  const { routes: all, ...rest } = frame.parse(value)
  const { routes, leftOut } = routesBeside(rest.public, [], all)
  return { table: { ...rest, routes }, leftOut }
}

/**
 * Reads a change of a table in the same way, which may be of another revision than its base. The former route of a service
 * whose new one is left out is removed: it is not what anybody wants any more. Pure.
 */
export function readServableChange(table: GatewayTable, value: unknown): ServableChange {
  const { routes: all, ...rest } = sentChange.parse(value)
  const gone = new Set([...rest.removed, ...all.map(nameOf)])
  const beside = table.routes.filter(({ service_id: id }) => !gone.has(id))
  const { routes, leftOut } = routesBeside(table.public, beside, all)
  const out = leftOut.flatMap(({ service_id: id, part }) => (part === 'route' ? [id] : []))
  return { change: { ...rest, routes, removed: [...rest.removed, ...out] }, leftOut }
}
