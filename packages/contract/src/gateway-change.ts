import { z } from 'zod'
import { gatewayTable, type GatewayRoute, type GatewayTable } from './gateway.ts'

/** What a table has that an earlier one has not, as it is sent. Its routes are read one by one (`readServableChange`). */
export const sentChange = gatewayTable.pick({ version: true, revision: true }).extend({
  base: z.number().int().describe('the revision of the table that it changes'),
  routes: z.array(z.unknown()).describe('the new routes, and those that are different'),
  removed: z.array(z.string()).describe('the services whose routes are gone'),
})

/** What a table has that an earlier one has not. */
export type GatewayChange = Omit<z.infer<typeof sentChange>, 'routes'> & { routes: GatewayRoute[] }

/** Everything of a table but its routes, as text. */
function frameOf({ revision: _revision, routes: _routes, ...frame }: GatewayTable): string {
  return JSON.stringify(frame)
}

const idsOf = (routes: readonly GatewayRoute[]) => new Set(routes.map(({ service_id: id }) => id))

/**
 * What has changed from a table to a later one; null if it is not the routes alone. A route that is the same object in both is the
 * same: nothing of it is read, so that one changed route of thousands costs what one costs. Pure.
 */
export function changeBetween(before: GatewayTable, after: GatewayTable): GatewayChange | null {
  const kept = idsOf(after.routes)
  if (kept.size !== after.routes.length || frameOf(before) !== frameOf(after)) return null
  const had = new Set(before.routes)
  return {
    version: 1,
    base: before.revision,
    revision: after.revision,
    routes: after.routes.filter((route) => !had.has(route)),
    removed: [...idsOf(before.routes)].filter((id) => !kept.has(id)),
  }
}

/** A table after a change of it. The routes that stay are the same objects. Pure. */
export function withChange(table: GatewayTable, change: GatewayChange): GatewayTable {
  const changed = new Map(change.routes.map((route) => [route.service_id, route]))
  const removed = new Set(change.removed)
  const had = idsOf(table.routes)
  const kept = table.routes
    .filter(({ service_id: id }) => !removed.has(id))
    .map((route) => changed.get(route.service_id) ?? route)
  const added = change.routes.filter(({ service_id: id }) => !had.has(id))
  return { ...table, revision: change.revision, routes: [...kept, ...added] }
}
