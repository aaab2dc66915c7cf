import type { FastifyInstance } from 'fastify'
import type { ServiceGroup } from '@vitrine/contract'
import { actorOf, addRoute } from '../../http/route.ts'
import {
  changeGroup,
  createGroup,
  deleteGroup,
  getGroup,
  orderGroups,
  type DeleteGroupDeps,
} from './service-groups.usecases.ts'

const listOf = (items: ServiceGroup[]) => ({ items, total: items.length })

/** Adds the routes of service groups. */
export function addServiceGroupRoutes(app: FastifyInstance, deps: DeleteGroupDeps): void {
  addRoute(app, 'GET /service-groups', async () => listOf(await deps.groups.all()))
  addRoute(app, 'POST /service-groups', ({ body }) => createGroup(deps, body))
  addRoute(app, 'PUT /service-groups/order', async ({ body }) => listOf(await orderGroups(deps, body.ids)))
  addRoute(app, 'GET /service-groups/{id}', ({ params }) => getGroup(deps, params.id))
  const before = ({ id }: { id: string }) => getGroup(deps, id)
  addRoute(
    app,
    'PATCH /service-groups/{id}',
    ({ params, body }) => changeGroup(deps, { id: params.id, change: body }),
    { before },
  )
  addRoute(
    app,
    'DELETE /service-groups/{id}',
    ({ params }, { request }) => deleteGroup(deps, { actor: actorOf(request), id: params.id }),
    { before },
  )
}
