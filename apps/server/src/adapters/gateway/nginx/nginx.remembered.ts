import { z } from 'zod'
import { bounds, type Endpoint, type GatewayRoute, type GatewayTable } from '@vitrine/contract'
import { namesIn, withUsed } from './nginx.used-names.ts'
import { isRouteForLua } from './nginx.upstreams.ts'

/** What the driver keeps in addition to table and keys. */
export const remembered = z.object({
  /** Blocks of a hundred ports for which nginx has upstreams. */
  blocks: z.array(z.object({ host: z.string(), first: z.number().int() })),
  /** Unix sockets for which nginx has upstreams. Without Lua, a new one needs a reload. */
  sockets: z.array(z.string()),
  /** For each instance, the upstreams through which it got requests, the newest last. */
  upstreamsOf: z.record(z.string(), z.array(z.string())),
  /** Services that have or had several instances. With Lua, one reload is enough for all later changes of these. */
  groups: z.array(z.string()),
})
/** What the driver keeps in addition to table and keys. */
export type Remembered = z.infer<typeof remembered>
/** The initial value, before the first table. */
export const nothingRemembered: Remembered = { blocks: [], sockets: [], upstreamsOf: {}, groups: [] }

const mostBlocks = 40
const mostSockets = 400
/** How many instances are remembered that the table has no more. */
const mostFormer = 2_000
/** Only above this number are they reduced to `mostFormer`, because reducing them costs as much as all of them, however few are removed. */
const tooManyFormer = 3_000
const blockSize = 100

/**
 * Drops the former instances that were unused for the longest time, if there are too many. An instance of the table always stays: one
 * without a name would count as one without requests, and be ended in the middle of them.
 */
function trimmed(
  upstreamsOf: Remembered['upstreamsOf'],
  { routes }: GatewayTable,
): Remembered['upstreamsOf'] {
  const all = Object.entries(upstreamsOf)
  const serving = routes.reduce((sum, { upstreams }) => sum + upstreams.length, 0)
  if (all.length < serving + tooManyFormer) return upstreamsOf
  const ids = new Set(routes.flatMap(({ upstreams }) => upstreams.map(({ instance_id: id }) => id)))
  const former = all.filter(([id]) => !ids.has(id)).slice(-mostFormer)
  return Object.fromEntries([...former, ...all.filter(([id]) => ids.has(id))])
}

/** A table, and its routes that are new or different since the one before. */
type Changed = { table: GatewayTable; routes: readonly GatewayRoute[] }

/** Adds the upstreams of a table. Of the others, those unused for the longest time are dropped if there are too many. */
export function remember(before: Remembered, { table, routes }: Changed, hasLua: boolean): Remembered {
  const upstreamsOf = { ...before.upstreamsOf }
  const groups = hasLua ? groupsOf({ table, routes }, before.groups) : []
  const form = { hasLua, groups: new Set(groups) }
  for (const route of routes) {
    for (const upstream of route.upstreams) {
      const { instance_id } = upstream
      const names = upstreamsOf[instance_id]
      delete upstreamsOf[instance_id]
      upstreamsOf[instance_id] = withUsed(names, namesIn(route, upstream, form))
    }
  }
  const blocks = distinctBlocks([...before.blocks, ...blocksOf(routes)])
  const sockets = [...new Set([...before.sockets, ...socketsOf(routes)])]
  return {
    blocks: blocks.length > mostBlocks ? blocksOf(table.routes) : blocks,
    sockets: sockets.length > mostSockets ? socketsOf(table.routes) : sockets,
    upstreamsOf: trimmed(upstreamsOf, table),
    groups,
  }
}

/** Services whose instances Lua picks: from the time when a service first has several until it is deleted. */
function groupsOf({ table, routes }: Changed, before: readonly string[]): string[] {
  const had = new Set(before)
  const changed = new Set(routes.map(({ service_id: id }) => id))
  const kept = table.routes.filter(({ service_id: id }) => had.has(id) && !changed.has(id))
  const now = routes
    .filter((route) => route.upstreams.length > 1 || had.has(route.service_id))
    .filter(isRouteForLua)
  return [...kept, ...now].map((route) => route.service_id)
}

const distinctBlocks = (all: Remembered['blocks']): Remembered['blocks'] => [
  ...new Map(all.map((one) => [`${one.host} ${one.first}`, one])).values(),
]

const blocksOf = (routes: readonly GatewayRoute[]): Remembered['blocks'] =>
  distinctBlocks(
    routes.flatMap((route) =>
      route.upstreams.flatMap((one) =>
        'socket' in one ? [] : [{ host: one.host, first: Math.floor(one.port / blockSize) * blockSize }],
      ),
    ),
  )

const socketsOf = (routes: readonly GatewayRoute[]): string[] =>
  routes.flatMap((route) => route.upstreams.flatMap((one) => ('socket' in one ? [one.socket] : [])))

/** Every endpoint that has an upstream in advance: all ports of the blocks, and the sockets. */
export const namedEndpoints = ({ blocks, sockets }: Remembered): Endpoint[] => [
  ...blocks.flatMap(({ host, first }) =>
    Array.from({ length: blockSize }, (_, index) => ({ host, port: first + index })).filter(
      ({ port }) => port >= bounds.port.min && port <= bounds.port.max,
    ),
  ),
  ...sockets.map((socket) => ({ socket })),
]
