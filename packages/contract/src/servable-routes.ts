import { z } from 'zod'
import { endpointText } from './endpoint-text.ts'
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

const frame = gatewayTable.extend({ routes: z.array(z.unknown()) })
const named = z.object({ service_id: z.string() })

/** Returns a table without the routes and front ports that are left out. Pure. */
export function withoutLeftOut<T extends Pick<GatewayTable, 'routes'>>(
  table: T,
  leftOut: readonly Pick<LeftOutRoute, 'service_id' | 'part'>[],
): T {
  const isOut = (id: string, part: LeftOutRoute['part']) =>
    leftOut.some((one) => one.service_id === id && one.part === part)
  const routes = table.routes
    .filter((route) => !isOut(route.service_id, 'route'))
    .map((route) => (isOut(route.service_id, 'front') ? { ...route, front: null } : route))
  return { ...table, routes }
}

/**
 * Reads a table and leaves out what no gateway can serve, so that one bad route does not stop the others: a
 * route that is not well-formed or has the path of another one, and a front port whose host cannot be listened
 * on or that another route has. Throws a ZodError if anything but a route is not well-formed. Pure.
 */
export function readServableTable(value: unknown): ServableTable {
  const { routes: all, ...rest } = frame.parse(value)
  const leftOut: LeftOutRoute[] = []
  const paths = new Set<string>()
  const addresses = new Set([endpointText(rest.public)])
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
      leave(named.safeParse(each).data?.service_id ?? '', 'route', z.prettifyError(parsed.error))
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
  return { table: { ...rest, routes }, leftOut }
}
