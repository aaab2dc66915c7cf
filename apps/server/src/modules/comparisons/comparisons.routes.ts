import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute, audienceOfRequest } from '../../http/route.ts'
import { sendComparisonEvents } from './comparisons.events.ts'
import { comparisonIn } from './comparisons.state.ts'
import {
  deleteComparison,
  getComparison,
  listComparisons,
  renameComparison,
  startComparison,
  type ComparisonsDeps,
} from './comparisons.usecases.ts'

/** Adds the routes of comparisons. */
export function addComparisonRoutes(app: FastifyInstance, deps: ComparisonsDeps): void {
  addRoute(app, 'GET /comparisons', async ({ query }, { request }) => {
    const { items, total } = await listComparisons(deps, { actor: actorOf(request), query })
    return { items: items.map((item) => comparisonIn(item, audienceOfRequest(request))), total }
  })
  addRoute(app, 'POST /comparisons', async ({ body }, { request }) => {
    const { id } = await startComparison(deps, { actor: actorOf(request), ...body })
    return { comparison_id: id }
  })
  addRoute(app, 'GET /comparisons/{id}', async ({ params }, { request }) =>
    comparisonIn(
      await getComparison(deps, { actor: actorOf(request), id: params.id }),
      audienceOfRequest(request),
    ),
  )
  addRoute(app, 'GET /comparisons/{id}/events', async ({ params, query }, { request, reply }) => {
    const actor = actorOf(request)
    const audience = audienceOfRequest(request, query.lang)
    const comparison = await getComparison(deps, { actor, id: params.id })
    return sendComparisonEvents(deps.running, { request, reply }, { actor, audience, comparison })
  })
  addRoute(app, 'PATCH /comparisons/{id}', async ({ params, body }, { request }) =>
    comparisonIn(
      await renameComparison(deps, { actor: actorOf(request), id: params.id, title: body.title }),
      audienceOfRequest(request),
    ),
  )
  addRoute(app, 'DELETE /comparisons/{id}', ({ params }, { request }) =>
    deleteComparison(deps, { actor: actorOf(request), id: params.id }),
  )
}
