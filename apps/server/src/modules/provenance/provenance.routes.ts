import type { FastifyInstance, FastifyReply } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import { longAnswer, readingFor } from '../quotas/reading-memory.ts'
import { loadService } from '../services/services.usecases.ts'
import {
  environmentOfRelease,
  readProvenance,
  replayOutcome,
  startReplay,
  type ProvenanceDeps,
} from './provenance.usecases.ts'

/** Adds the routes that say where results come from, and run them again. */
export function addProvenanceRoutes(app: FastifyInstance, deps: ProvenanceDeps): void {
  const readingOf = (reply: FastifyReply) => readingFor(deps.running.reading, reply, actorOf(reply.request))
  addRoute(app, 'GET /runs/{id}/provenance', async ({ params }, { request, reply }) => {
    const reading = readingOf(reply)
    const asked = { actor: actorOf(request), id: params.id, origin: request.publicOrigin }
    return longAnswer(reading, await readProvenance(deps, asked, reading))
  })
  addRoute(app, 'POST /runs/{id}/replay', async ({ params }, { request }) => {
    const run = await startReplay(deps, { actor: actorOf(request), id: params.id })
    return { run_id: run.id }
  })
  addRoute(app, 'GET /runs/{id}/replay', async ({ params }, { request, reply }) => {
    const reading = readingOf(reply)
    const asked = { actor: actorOf(request), id: params.id }
    return longAnswer(reading, await replayOutcome(deps, asked, reading))
  })
  addRoute(app, 'GET /services/{id}/releases/{number}/environment', async ({ params }) => {
    const { id: serviceId } = await loadService(deps.running, params.id)
    return environmentOfRelease(deps, { serviceId, number: params.number })
  })
}
