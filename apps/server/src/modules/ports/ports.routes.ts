import type { FastifyInstance } from 'fastify'
import { addRoute } from '../../http/route.ts'
import { listPorts } from './ports.usecases.ts'

/** Adds the page of ports. */
export function addPortRoutes(app: FastifyInstance, deps: Parameters<typeof listPorts>[0]): void {
  addRoute(app, 'GET /ports', async () => {
    const items = await listPorts(deps)
    return { items, total: items.length }
  })
}
