import type { FastifyInstance } from 'fastify'
import { addRoute } from '../../http/route.ts'
import { describeHost, type HostDeps } from './host.usecases.ts'

/** Adds the route for the machine's page. */
export function addHostRoute(app: FastifyInstance, deps: HostDeps): void {
  addRoute(app, 'GET /host', () => describeHost(deps))
}
