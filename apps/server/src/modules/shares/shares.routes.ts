import type { FastifyInstance, FastifyRequest } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import {
  changeShare,
  createShare,
  getShare,
  listShares,
  renewAddress,
  revokeShare,
  type MakeSharesDeps,
} from './shares.usecases.ts'

const withUrl = <Made extends { token: string }>(request: FastifyRequest, made: Made) => ({
  ...made,
  url: `${request.publicOrigin}/s/${made.token}`,
})

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
      embedOrigins: body.embed_origins,
    })
    return withUrl(request, share)
  })
  const before = ({ id }: { id: string }, request: FastifyRequest) =>
    getShare(deps, { actor: actorOf(request), id })
  addRoute(
    app,
    'PATCH /shares/{id}',
    ({ params, body }, { request }) =>
      changeShare(deps, { actor: actorOf(request), id: params.id, change: body }),
    { before },
  )
  addRoute(app, 'POST /shares/{id}/address', async ({ params }, { request }) =>
    withUrl(request, await renewAddress(deps, { actor: actorOf(request), id: params.id })),
  )
  addRoute(
    app,
    'DELETE /shares/{id}',
    ({ params }, { request }) => revokeShare(deps, { actor: actorOf(request), id: params.id }),
    { before },
  )
}
