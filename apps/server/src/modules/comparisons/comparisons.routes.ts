import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
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
  addRoute(app, 'GET /comparisons', ({ query }, { request }) =>
    listComparisons(deps, { actor: actorOf(request), query }),
  )
  addRoute(app, 'POST /comparisons', async ({ body }, { request }) => {
    const { id } = await startComparison(deps, { actor: actorOf(request), ...body })
    return { comparison_id: id }
  })
  addRoute(app, 'GET /comparisons/{id}', ({ params }, { request }) =>
    getComparison(deps, { actor: actorOf(request), id: params.id }),
  )
  addRoute(app, 'PATCH /comparisons/{id}', ({ params, body }, { request }) =>
    renameComparison(deps, { actor: actorOf(request), id: params.id, title: body.title }),
  )
  addRoute(app, 'DELETE /comparisons/{id}', ({ params }, { request }) =>
    deleteComparison(deps, { actor: actorOf(request), id: params.id }),
  )
}
