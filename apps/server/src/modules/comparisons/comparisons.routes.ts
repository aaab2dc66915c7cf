import type { FastifyInstance, FastifyReply } from 'fastify'
import { actorOf, addRoute, audienceOfRequest } from '../../http/route.ts'
import { longAnswer, readingFor } from '../quotas/reading-memory.ts'
import { sendComparisonEvents } from './comparisons.events.ts'
import { comparisonIn } from './comparisons.state.ts'
import {
  deleteComparison,
  findComparison,
  listComparisons,
  readComparison,
  renameComparison,
  startComparison,
  type ComparisonsDeps,
} from './comparisons.usecases.ts'

/** Adds the routes of comparisons. */
export function addComparisonRoutes(app: FastifyInstance, deps: ComparisonsDeps): void {
  const readingOf = (reply: FastifyReply) => readingFor(deps.running.reading, reply, actorOf(reply.request))
  const read = async (id: string, reply: FastifyReply) => {
    const reading = readingOf(reply)
    const found = await readComparison(deps, { actor: actorOf(reply.request), id }, reading)
    return longAnswer(reading, comparisonIn(found, audienceOfRequest(reply.request)))
  }
  addRoute(app, 'GET /comparisons', async ({ query }, { request, reply }) => {
    const asked = { actor: actorOf(request), query }
    const reading = readingOf(reply)
    const { items, total } = await listComparisons(deps, asked, reading)
    const shown = items.map((item) => comparisonIn(item, audienceOfRequest(request)))
    return longAnswer(reading, { items: shown, total })
  })
  addRoute(app, 'POST /comparisons', async ({ body }, { request }) => {
    const { id } = await startComparison(deps, { actor: actorOf(request), ...body })
    return { comparison_id: id }
  })
  addRoute(app, 'GET /comparisons/{id}', ({ params }, { reply }) => read(params.id, reply))
  addRoute(app, 'GET /comparisons/{id}/events', async ({ params, query }, { request, reply }) => {
    const actor = actorOf(request)
    const audience = audienceOfRequest(request, query.lang)
    const { runIds } = await findComparison(deps, { actor, id: params.id })
    return sendComparisonEvents(deps.running, { request, reply }, { actor, audience, runIds })
  })
  addRoute(app, 'PATCH /comparisons/{id}', async ({ params, body }, { request, reply }) => {
    await renameComparison(deps, { actor: actorOf(request), id: params.id, title: body.title })
    return read(params.id, reply)
  })
  addRoute(app, 'DELETE /comparisons/{id}', ({ params }, { request }) =>
    deleteComparison(deps, { actor: actorOf(request), id: params.id }),
  )
}
