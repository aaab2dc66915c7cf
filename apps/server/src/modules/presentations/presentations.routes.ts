import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import {
  discardDraft,
  publishDraft,
  readPresentation,
  restoreRevision,
  saveDraft,
  type PresentationsDeps,
} from './presentations.usecases.ts'

/** Adds the routes that edit how services are shown. */
export function addPresentationRoutes(app: FastifyInstance, deps: PresentationsDeps): void {
  addRoute(app, 'GET /services/{id}/presentation', ({ params }, { request }) =>
    readPresentation(deps, { actor: actorOf(request), ...params }),
  )
  addRoute(app, 'PUT /services/{id}/presentation/draft', ({ params, body }, { request }) =>
    saveDraft(deps, { actor: actorOf(request), ...params, ...body }),
  )
  addRoute(app, 'DELETE /services/{id}/presentation/draft', ({ params, query }, { request }) =>
    discardDraft(deps, { actor: actorOf(request), ...params, ...query }),
  )
  addRoute(app, 'POST /services/{id}/presentation/publish', ({ params, body }, { request }) =>
    publishDraft(deps, { actor: actorOf(request), ...params, ...body }),
  )
  addRoute(app, 'POST /services/{id}/presentation/restore', ({ params, body }, { request }) =>
    restoreRevision(deps, { actor: actorOf(request), ...params, ...body }),
  )
}
