import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import { addUser, changeUser, getUser, listUsers, removeUser, type UsersDeps } from './users.usecases.ts'

/** Adds the routes of users and roles, for administrators. */
export function addUserRoutes(app: FastifyInstance, deps: UsersDeps): void {
  addRoute(app, 'GET /users', ({ query }) => listUsers(deps, query))
  addRoute(app, 'POST /users', ({ body }) => addUser(deps, body))
  addRoute(app, 'GET /users/{id}', ({ params }) => getUser(deps, params))
  const before = ({ id }: { id: string }) => deps.users.get(id)
  addRoute(app, 'PATCH /users/{id}', ({ params, body }) => changeUser(deps, { ...body, id: params.id }), {
    before,
  })
  addRoute(
    app,
    'DELETE /users/{id}',
    ({ params }, { request }) => removeUser(deps, { id: params.id, actor: actorOf(request) }),
    { before },
  )
  addRoute(app, 'GET /roles', async () => {
    const items = await deps.users.listRoles()
    return { items, total: items.length }
  })
}
