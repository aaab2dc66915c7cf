import type { FastifyInstance } from 'fastify'
import { languageOf } from '../../http/language.ts'
import { addRoute } from '../../http/route.ts'
import { describeHost, type HostDeps } from './host.usecases.ts'
import { describeWalls, type WallsDeps } from './walls.usecases.ts'

/** Adds the routes for the pages of the machine and of its walls. */
export function addHostRoutes(app: FastifyInstance, deps: { host: HostDeps; walls: WallsDeps }): void {
  addRoute(app, 'GET /host', () => describeHost(deps.host))
  addRoute(app, 'GET /host/walls', (_asked, { request }) => describeWalls(deps.walls, languageOf(request)))
}
