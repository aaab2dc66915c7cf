import type { FastifyInstance } from 'fastify'
import { languageOf } from '../../http/language.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import { describeHost, type HostDeps } from './host.usecases.ts'
import { describeNodes, type NodesDeps } from './nodes.usecases.ts'
import { describeWalls, type WallsDeps } from './walls.usecases.ts'

/** Adds the routes for the pages of the machine, of its walls, and of where instances run. */
export function addHostRoutes(
  app: FastifyInstance,
  deps: { host: HostDeps; walls: WallsDeps; nodes: NodesDeps },
): void {
  addRoute(app, 'GET /host', () => describeHost(deps.host))
  addRoute(app, 'GET /host/walls', (_asked, { request }) => describeWalls(deps.walls, languageOf(request)))
  addRoute(app, 'GET /nodes', (_asked, { request }) =>
    describeNodes(deps.nodes, { actor: actorOf(request), language: languageOf(request) }),
  )
}
