import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import { allServiceMetrics, serviceMetrics, type MetricsDeps } from './metrics.usecases.ts'

/** Adds the routes with the data of charts. */
export function addMetricRoutes(app: FastifyInstance, deps: MetricsDeps): void {
  addRoute(app, 'GET /services/{id}/metrics', ({ params, query }) =>
    serviceMetrics(deps, { id: params.id, minutes: query.minutes, replica: query.replica ?? null }),
  )
  addRoute(app, 'GET /service-metrics', ({ query }, { request }) =>
    allServiceMetrics(deps, { actor: actorOf(request), ...query }),
  )
}
