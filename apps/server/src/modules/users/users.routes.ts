import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import { changeRole, createRole, removeRole, type RolesDeps } from './custom-roles.usecases.ts'
import { addUserAs, changeUser, getUser, listUsers, removeUser, type UsersDeps } from './users.usecases.ts'

/** Adds the routes of users and roles, for administrators. */
export function addUserRoutes(app: FastifyInstance, deps: UsersDeps & RolesDeps): void {
  addRoute(app, 'GET /users', ({ query }) => listUsers(deps, query))
  addRoute(app, 'POST /users', ({ body }, { request }) =>
    addUserAs(deps, { ...body, actor: actorOf(request) }),
  )
  addRoute(app, 'GET /users/{id}', ({ params }) => getUser(deps, params))
  const before = ({ id }: { id: string }) => deps.users.get(id)
  addRoute(
    app,
    'PATCH /users/{id}',
    ({ params, body }, { request }) => changeUser(deps, { ...body, id: params.id, actor: actorOf(request) }),
    {
      before,
    },
  )
  addRoute(
    app,
    'DELETE /users/{id}',
    ({ params }, { request }) => removeUser(deps, { id: params.id, actor: actorOf(request) }),
    { before },
  )
  addRoute(app, 'GET /roles', async () => {
    const items = await deps.customRoles.list()
    return { items, total: items.length }
  })
  const roleBefore = ({ id }: { id: string }) => deps.customRoles.find(id)
  addRoute(app, 'POST /roles', ({ body }, { request }) =>
    createRole(deps, { ...body, actor: actorOf(request) }),
  )
  addRoute(
    app,
    'PATCH /roles/{id}',
    ({ params, body }, { request }) => changeRole(deps, { ...body, ...params, actor: actorOf(request) }),
    { before: roleBefore },
  )
  addRoute(
    app,
    'DELETE /roles/{id}',
    ({ params }, { request }) => removeRole(deps, { ...params, actor: actorOf(request) }),
    { before: roleBefore },
  )
}
