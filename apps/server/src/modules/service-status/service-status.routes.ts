import type { FastifyInstance } from 'fastify'
import { addRoute, readerOf } from '../../http/route.ts'
import {
  getService,
  getServiceInFull,
  listServices,
  type ReadServicesDeps,
} from './service-status.usecases.ts'

/** Adds the routes that show services with their current state. */
export function addServiceStatusRoutes(app: FastifyInstance, deps: ReadServicesDeps): void {
  addRoute(app, 'GET /services', ({ query }, { request }) =>
    listServices(deps, { ...readerOf(request), query }),
  )
  addRoute(app, 'GET /services/{id}', ({ params }, { request }) =>
    getServiceInFull(deps, { ...readerOf(request), id: params.id }),
  )
  addRoute(app, 'GET /services/status/{id}', async ({ params }, { request }) => {
    const { id, status, health, reason } = await getService(deps, { ...readerOf(request), id: params.id })
    return { service_id: id, status, health, message: reason ?? '' }
  })
}
