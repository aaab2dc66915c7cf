import type { FastifyInstance, FastifyRequest } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import {
  changeApiKey,
  createApiKey,
  getApiKey,
  listApiKeys,
  revokeApiKey,
  type ApiKeysDeps,
} from './api-keys.usecases.ts'

/** Adds the routes of API keys. People see their own keys, and administrators see all keys. */
export function addApiKeyRoutes(app: FastifyInstance, deps: ApiKeysDeps): void {
  addRoute(app, 'GET /api-keys', ({ query }, { request }) =>
    listApiKeys(deps, { actor: actorOf(request), query }),
  )
  addRoute(app, 'POST /api-keys', ({ body }, { request, reply }) => {
    reply.header('cache-control', 'no-store')
    return createApiKey(deps, { ...body, actor: actorOf(request) })
  })
  addRoute(app, 'GET /api-keys/{id}', ({ params }, { request }) =>
    getApiKey(deps, { id: params.id, actor: actorOf(request) }),
  )
  const before = ({ id }: { id: string }, request: FastifyRequest) =>
    getApiKey(deps, { id, actor: actorOf(request) })
  addRoute(
    app,
    'PATCH /api-keys/{id}',
    ({ params, body }, { request }) =>
      changeApiKey(deps, { ...body, id: params.id, actor: actorOf(request) }),
    { before },
  )
  addRoute(
    app,
    'DELETE /api-keys/{id}',
    ({ params }, { request }) => revokeApiKey(deps, { id: params.id, actor: actorOf(request) }),
    { before },
  )
}
