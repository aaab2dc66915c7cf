import type { FastifyInstance } from 'fastify'
import { languageOf } from '../../http/language.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import {
  beginSwitch,
  changeRoute,
  listRoutes,
  reloadGateway,
  type GatewayDeps,
} from './gateway-admin.usecases.ts'

/** Adds the routes with which whoever manages the gateway sees and changes it. */
export function addGatewayRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  addRoute(app, 'GET /gateway/routes', () => listRoutes(deps))
  addRoute(
    app,
    'PUT /gateway/routes/{id}',
    ({ params, body }, { request }) =>
      changeRoute(deps, { actor: actorOf(request), language: languageOf(request), params, body }),
    {
      before: async ({ id }) =>
        (await listRoutes(deps)).items.find(({ service_id }) => service_id === id) ?? null,
    },
  )
  addRoute(app, 'POST /gateway/reload', () => reloadGateway(deps))
  addRoute(app, 'POST /gateway/driver', async ({ body }, { request }) => {
    const task = await beginSwitch(deps, { actor: actorOf(request), driver: body.driver })
    return { task_id: task.id }
  })
}
