import type { FastifyInstance } from 'fastify'
import { languageOf } from '../../http/language.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import { readingFor } from '../quotas/reading-memory.ts'
import { listShowcase } from './list-showcase.ts'
import { stageOf, type ShowcaseDeps } from './showcase.usecases.ts'

/** Adds the routes of the showcase and the stages. */
export function addShowcaseRoutes(app: FastifyInstance, deps: ShowcaseDeps): void {
  addRoute(app, 'GET /showcase', ({ query }, { request }) =>
    listShowcase(deps, { actor: actorOf(request), language: languageOf(request), query }),
  )
  addRoute(app, 'GET /showcase/{id}', ({ params, query }, { request, reply }) => {
    const actor = actorOf(request)
    const reading = readingFor(deps.reading, reply, actor)
    return stageOf(deps, { actor, language: languageOf(request), ...params, ...query, reading })
  })
}
