import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { EndpointParsed } from '@vitrine/contract'
import { languageOf } from '../../http/language.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import { fileTime } from '../../lib/file-time.ts'
import type { CallsRepository } from './calls.repository.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { callFile, listCalls, readCallBodies, summarizeCalls } from './calls.usecases.ts'

const classes = { '2xx': 2, '3xx': 3, '4xx': 4, '5xx': 5 } as const

const askedOf = (request: FastifyRequest, query: EndpointParsed<'GET /calls/summary'>['query']) => ({
  actor: actorOf(request),
  filter: {
    serviceId: query.service_id,
    caller: query.caller,
    callerKind: query.caller_kind,
    minMs: query.min_ms,
    statusClass: query.status && classes[query.status],
    requestId: query.request_id,
    from: query.from === undefined ? undefined : new Date(query.from),
    to: query.to === undefined ? undefined : new Date(query.to),
  },
})

/** Adds the routes that list calls, sum them up and give them as a file. */
export function addCallRoutes(
  app: FastifyInstance,
  deps: { calls: CallsRepository; services: Pick<ServicesRepository, 'get'>; clock: () => Date },
): void {
  addRoute(app, 'GET /calls', ({ query }, { request }) =>
    listCalls(deps, {
      ...askedOf(request, query),
      language: languageOf(request),
      page: query.page,
      pageSize: query.page_size,
    }),
  )
  addRoute(app, 'GET /calls/summary', ({ query }, { request }) =>
    summarizeCalls(deps, askedOf(request, query)),
  )
  addRoute(app, 'GET /calls/{id}/bodies', ({ params }, { request }) =>
    readCallBodies(deps, { actor: actorOf(request), id: params.id }),
  )
  addRoute(app, 'GET /calls/file', async ({ query }, { request, reply }) =>
    reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="calls-${fileTime(deps.clock())}.csv"`)
      .header('x-accel-buffering', 'no')
      .send(Readable.from(callFile(deps, { ...askedOf(request, query), language: languageOf(request) }))),
  )
}
