import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import { sendEvents } from '../../http/sse.ts'
import { cancelRun, getRun, listRuns, startRun, type RunsDeps } from './runs.usecases.ts'

/** Adds the routes of runs. */
export function addRunRoutes(app: FastifyInstance, deps: RunsDeps): void {
  addRoute(app, 'GET /runs', ({ query }, { request }) => listRuns(deps, { actor: actorOf(request), query }))
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
  addRoute(app, 'GET /runs/{id}', async ({ params }, { request }) => {
    return (await getRun(deps, { actor: actorOf(request), id: params.id })).run
  })
  addRoute(app, 'POST /runs/{id}/cancel', ({ params }, { request }) =>
    cancelRun(deps, { actor: actorOf(request), id: params.id }),
  )
  addRoute(app, 'GET /runs/{id}/events', async ({ params }, { request, reply }) => {
    const { run } = await getRun(deps, { actor: actorOf(request), id: params.id })
    return sendEvents(request, reply, (queue) => {
      const stop = deps.executor.follow(run.id, (event, ended) => {
        queue.push(event)
        if (ended) queue.end()
      })
      if (stop) return stop
      if (run.result) queue.push({ event: 'completed', data: run.result })
      queue.push({ event: 'status', data: run })
      queue.end()
      return () => {}
    })
  })
}
