import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import { getGrant, listGrants, putGrant, removeGrant, type GrantsDeps } from './service-grants.usecases.ts'
import { accessOf, handOver, type OwnersDeps } from './service-owners.usecases.ts'

/** Adds the routes of grants and of the owners of services. */
export function addServiceGrantRoutes(app: FastifyInstance, deps: GrantsDeps & OwnersDeps): void {
  addRoute(app, 'GET /service-groups/{id}/grants', ({ params }) => listGrants(deps, params.id))
  addRoute(app, 'PUT /service-groups/{id}/grants', ({ params, body }, { request }) =>
    putGrant(deps, { ...body, actor: actorOf(request), groupId: params.id }),
  )
  addRoute(
    app,
    'DELETE /service-groups/{id}/grants/{grant_id}',
    ({ params }, { request }) =>
      removeGrant(deps, { actor: actorOf(request), groupId: params.id, id: params.grant_id }),
    { before: ({ id, grant_id }) => getGrant(deps, { groupId: id, id: grant_id }) },
  )
  addRoute(app, 'GET /services/{id}/access', ({ params }, { request }) =>
    accessOf(deps, { actor: actorOf(request), id: params.id }),
  )
  addRoute(
    app,
    'PUT /services/{id}/owner',
    ({ params, body }, { request }) =>
      handOver(deps, { actor: actorOf(request), id: params.id, username: body.username }),
    { before: async ({ id }) => ({ owner: (await deps.services.get(id))?.ownerName }) },
  )
}
