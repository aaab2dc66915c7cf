import { changeBetween, withChange, type GatewayRoute, type GatewayTable } from '@vitrine/contract'
import { isDeepStrictEqual } from 'node:util'

/** The table of the gateway before it gets a revision. */
export type Table = Omit<GatewayTable, 'revision'>

const numbered = (table: Table): GatewayTable => ({ ...table, revision: 0 })

/**
 * The later table, with the objects of the earlier one for all routes that are the same. Drivers of the gateway tell by them what
 * has changed. Pure.
 */
export function withSameObjects(before: Table | null, after: Table): Table {
  if (before === null) return after
  const had = new Map(before.routes.map((route) => [route.service_id, route]))
  const routes = after.routes.map((route) => {
    const former = had.get(route.service_id)
    return former && isDeepStrictEqual(former, route) ? former : route
  })
  return { ...after, routes }
}

/** The table with the routes of these services as they are now, or without them if they have none any more. Pure. */
export function withRoutes(table: Table, ids: ReadonlySet<string>, now: readonly GatewayRoute[]): Table {
  const there = new Set(now.map(({ service_id: id }) => id))
  const removed = [...ids].filter((id) => !there.has(id))
  const changed = withChange(numbered(table), { version: 1, base: 0, revision: 0, routes: [...now], removed })
  return withSameObjects(table, changed)
}

/** Whether two tables have the same objects as routes, in whatever order, and are the same otherwise. Pure. */
export function isSameTable(one: Table, other: Table): boolean {
  const change = changeBetween(numbered(one), numbered(other))
  return change !== null && change.routes.length + change.removed.length === 0
}
