import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute, readerOf } from '../../http/route.ts'
import {
  apiOf,
  describeOperation,
  mapOperation,
  unmapOperation,
  type ServiceApisDeps,
} from './service-apis.usecases.ts'
import { makeTestCall } from './make-test-call.ts'

/** Adds the routes that map an operation of a service's own API to its stage. */
export function addServiceApiRoutes(app: FastifyInstance, deps: ServiceApisDeps): void {
  addRoute(app, 'GET /services/{id}/api', ({ params }, { request }) =>
    apiOf(deps, { actor: actorOf(request), ...params }),
  )
  addRoute(app, 'GET /services/{id}/api/operation', ({ params, query }, { request }) =>
    describeOperation(deps, { actor: actorOf(request), ...params, ...query }),
  )
  addRoute(app, 'POST /services/{id}/api/try', ({ params, body }, { request }) =>
    makeTestCall(deps, { ...readerOf(request), ...params, ...body }),
  )
  addRoute(app, 'PUT /services/{id}/api', ({ params, body }, { request }) =>
    mapOperation(deps, { actor: actorOf(request), ...params, ...body }),
  )
  addRoute(app, 'DELETE /services/{id}/api', ({ params }, { request }) =>
    unmapOperation(deps, { actor: actorOf(request), ...params }),
  )
}
