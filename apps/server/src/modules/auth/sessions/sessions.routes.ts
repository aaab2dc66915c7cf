import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../../http/route.ts'
import { listSessions, revokeSession, revokeSessions, type ListedSessionsDeps } from './list-sessions.ts'

/** Adds the routes with which people see and end sessions. */
export function addSessionRoutes(app: FastifyInstance, deps: ListedSessionsDeps): void {
  addRoute(app, 'GET /sessions', ({ query }, { request }) =>
    listSessions(deps, { actor: actorOf(request), query }),
  )
  addRoute(app, 'DELETE /sessions', ({ query }, { request }) =>
    revokeSessions(deps, { actor: actorOf(request), userId: query.user_id }),
  )
  addRoute(app, 'DELETE /sessions/{id}', ({ params }, { request }) =>
    revokeSession(deps, { actor: actorOf(request), id: params.id }),
  )
}
