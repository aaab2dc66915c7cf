import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import type { CallsRepository } from './calls.repository.ts'
import { listCalls } from './calls.usecases.ts'

const classes = { '2xx': 2, '3xx': 3, '4xx': 4, '5xx': 5 } as const

/** Adds the route that lists calls. */
export function addCallRoutes(app: FastifyInstance, deps: { calls: CallsRepository }): void {
  addRoute(app, 'GET /calls', ({ query }, { request }) =>
    listCalls(deps, {
      actor: actorOf(request),
      page: query.page,
      pageSize: query.page_size,
      filter: {
        serviceId: query.service_id,
        caller: query.caller,
        statusClass: query.status && classes[query.status],
        requestId: query.request_id,
        from: query.from === undefined ? undefined : new Date(query.from),
        to: query.to === undefined ? undefined : new Date(query.to),
      },
    }),
  )
}
