import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import { createShare, listShares, revokeShare, type MakeSharesDeps } from './shares.usecases.ts'

/** Adds the routes for people who make links. */
export function addShareRoutes(app: FastifyInstance, deps: MakeSharesDeps): void {
  addRoute(app, 'GET /shares', ({ query }, { request }) =>
    listShares(deps, { actor: actorOf(request), query }),
  )
  addRoute(app, 'POST /shares', async ({ body }, { request }) => {
    const share = await createShare(deps, {
      actor: actorOf(request),
      kind: body.kind,
      targetId: body.target_id,
      title: body.title,
      text: body.text,
      mayRun: body.may_run,
      maxRuns: body.max_runs,
      expiresAt: body.expires_at,
      password: body.password,
    })
    return { ...share, url: `${request.publicOrigin}/s/${share.token}` }
  })
  addRoute(app, 'DELETE /shares/{id}', ({ params }, { request }) =>
    revokeShare(deps, { actor: actorOf(request), id: params.id }),
  )
}
