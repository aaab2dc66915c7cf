import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import {
  createToken,
  listTokens,
  revokeToken,
  type RepositoryTokensDeps,
} from './repository-tokens.usecases.ts'
import type { OpenStreams } from '../../lib/open-streams.ts'

/** Adds the tokens of git repositories. */
export function addRepositoryTokenRoutes(
  app: FastifyInstance,
  deps: RepositoryTokensDeps & { streams: Pick<OpenStreams, 'endOf'> },
): void {
  addRoute(app, 'GET /algorithms/{id}/tokens', async ({ params }, { request }) => ({
    items: await listTokens(deps, { actor: actorOf(request), id: params.id }),
  }))
  addRoute(app, 'POST /algorithms/{id}/tokens', ({ params, body }, { request }) => {
    const { name, may_write: mayWrite, expires_at: expiresAt } = body
    return createToken(deps, { actor: actorOf(request), id: params.id, name, mayWrite, expiresAt })
  })
  addRoute(app, 'DELETE /algorithms/{id}/tokens/{token_id}', ({ params }, { request }) =>
    revokeToken(deps, { actor: actorOf(request), id: params.id, tokenId: params.token_id }),
  )
}
