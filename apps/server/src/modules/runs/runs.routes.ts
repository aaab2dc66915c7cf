import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { actorOf, addRoute, audienceOfRequest } from '../../http/route.ts'
import { readingFor, textAnswer } from '../quotas/reading-memory.ts'
import { sendRunFile, type SendRunFilesDeps } from './reading/send-file.ts'
import { findReadableRun, runAnswer, writeRunFor, type FoundRun } from './reading/read-run.ts'
import { sendRunEvents, viewFor } from './reading/send-events.ts'
import { cancelRun, deleteRun, listRuns, runAgain, startRun, type RunsDeps } from './runs.usecases.ts'

/** Adds the routes of runs. */
export function addRunRoutes(app: FastifyInstance, deps: RunsDeps & SendRunFilesDeps): void {
  const answerWith = (
    found: FoundRun,
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  ) => {
    const write = writeRunFor(audienceOfRequest(request))
    return runAnswer(deps, reply, { found, reader: actorOf(request), write })
  }
  addRoute(app, 'GET /runs', async ({ query }, { request, reply }) => {
    const actor = actorOf(request)
    const reading = readingFor(deps.reading, reply, actor)
    const write = writeRunFor(audienceOfRequest(request))
    return textAnswer(reading, await listRuns(deps, { actor, query, write }, reading))
  })
  addRoute(app, 'POST /runs', async ({ body }, { request }) => {
    const run = await startRun(deps, {
      actor: actorOf(request),
      serviceId: body.service_id,
      assetId: body.asset_id,
      inputData: body.input_data,
      parameters: body.parameters,
    })
    return { run_id: run.id }
  })
  addRoute(app, 'GET /runs/{id}', async ({ params }, http) =>
    answerWith(await findReadableRun(deps, { actor: actorOf(http.request), id: params.id }), http),
  )
  addRoute(app, 'POST /runs/{id}/cancel', async ({ params }, http) =>
    answerWith(await cancelRun(deps, { actor: actorOf(http.request), id: params.id }), http),
  )
  addRoute(app, 'DELETE /runs/{id}', async ({ params }, { request }) =>
    deleteRun(deps, { actor: actorOf(request), id: params.id }),
  )
  addRoute(app, 'POST /runs/{id}/again', async ({ params }, { request }) => {
    const run = await runAgain(deps, { actor: actorOf(request), id: params.id })
    return { run_id: run.id }
  })
  addRoute(app, 'GET /runs/{id}/files/{name}', async ({ params }, { request, reply }) => {
    const { run } = await findReadableRun(deps, { actor: actorOf(request), id: params.id })
    return sendRunFile(deps, { request, reply }, { run, name: params.name })
  })
  addRoute(app, 'GET /runs/{id}/events', async ({ params, query }, { request, reply }) => {
    const reader = actorOf(request)
    const found = await findReadableRun(deps, { actor: reader, id: params.id })
    const view = viewFor(audienceOfRequest(request, query.lang))
    return sendRunEvents(deps, { request, reply }, { found, reader, view })
  })
}
