import type { FastifyInstance } from 'fastify'
import { languageOf } from '../../http/language.ts'
import { addRoute } from '../../http/route.ts'
import { listHistory, type HistoryDeps } from './history.usecases.ts'

/** Adds the route of service histories. */
export function addHistoryRoutes(app: FastifyInstance, deps: HistoryDeps): void {
  addRoute(app, 'GET /services/{id}/history', ({ params, query }, { request }) =>
    listHistory(deps, { id: params.id, language: languageOf(request), ...query }),
  )
}
