import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Run } from '@vitrine/contract'
import { actorOf, addRoute } from '../../http/route.ts'
import { sendEvents } from '../../http/sse.ts'
import type { RunExecutor } from './run-executor.ts'
import { supersedes, type RunEvent } from './run-history.ts'
import { cancelRun, getRun, listRuns, runAgain, startRun, type RunsDeps } from './runs.usecases.ts'

/**
 * Answers with a run's events, what happened so far first, until it has ended or the client goes. What is still unsent when a newer
 * event makes it worthless is not sent, so that a slow reader costs no memory.
 */
export function sendRunEvents(
  executor: Pick<RunExecutor, 'follow'>,
  http: { request: FastifyRequest; reply: FastifyReply },
  run: Run,
  shown: (event: RunEvent) => RunEvent | null = (event) => event,
): Promise<FastifyReply> {
  return sendEvents<RunEvent>(http.request, http.reply, (queue) => {
    const push = (event: RunEvent) => {
      const visible = shown(event)
      if (visible) queue.push(visible, (waiting) => supersedes(visible, waiting))
    }
    const stop = executor.follow(run.id, (event, ended) => {
      push(event)
      if (ended) queue.end()
    })
    if (stop) return stop
    if (run.result) push({ event: 'completed', data: run.result })
    push({ event: 'status', data: run })
    queue.end()
    return () => {}
  })
}

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
  addRoute(app, 'POST /runs/{id}/again', async ({ params }, { request }) => {
    const run = await runAgain(deps, { actor: actorOf(request), id: params.id })
    return { run_id: run.id }
  })
  addRoute(app, 'GET /runs/{id}/events', async ({ params }, { request, reply }) => {
    const { run } = await getRun(deps, { actor: actorOf(request), id: params.id })
    return sendRunEvents(deps.executor, { request, reply }, run)
  })
}
