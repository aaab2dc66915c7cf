import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { actorOf, addRoute, audienceOfRequest } from '../../http/route.ts'
import { sendEvents } from '../../http/sse.ts'
import type { Audience } from '../../lib/disclosure.ts'
import { runEventIn, weightOfEvent, type ReadRunEvent, type RunEvent } from './run-events.ts'
import type { RunExecutor } from './run-executor.ts'
import { sendRunFile, type SendRunFilesDeps } from './run-files.send.ts'
import { supersedes } from './run-history.ts'
import { runIn, type RunRecord } from './run-record.ts'
import {
  cancelRun,
  deleteRun,
  listRuns,
  readRun,
  runAgain,
  startRun,
  type RunsDeps,
} from './runs.usecases.ts'

/**
 * Answers with a run's events, beginning with the earlier ones, until it has ended or the client disconnects.
 * An event that a newer one makes useless before it is sent is dropped, so that a slow reader costs no
 * memory.
 */
export function sendRunEvents(
  executor: Pick<RunExecutor, 'follow'>,
  http: { request: FastifyRequest; reply: FastifyReply },
  { run, audience }: { run: RunRecord; audience: Audience },
  shown: (event: RunEvent) => RunEvent | null = (event) => event,
): Promise<FastifyReply> {
  return sendEvents<ReadRunEvent>(
    http.request,
    http.reply,
    (queue) => {
      const push = (event: RunEvent) => {
        const visible = shown(event)
        if (visible) queue.push(runEventIn(visible, audience), (waiting) => supersedes(visible, waiting))
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
    },
    weightOfEvent,
  )
}

/** Adds the routes of runs. */
export function addRunRoutes(app: FastifyInstance, deps: RunsDeps & SendRunFilesDeps): void {
  addRoute(app, 'GET /runs', async ({ query }, { request }) => {
    const { items, total } = await listRuns(deps, { actor: actorOf(request), query })
    return { items: items.map((run) => runIn(run, audienceOfRequest(request))), total }
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
  addRoute(app, 'GET /runs/{id}', async ({ params }, { request }) =>
    runIn(await readRun(deps, { actor: actorOf(request), id: params.id }), audienceOfRequest(request)),
  )
  addRoute(app, 'POST /runs/{id}/cancel', async ({ params }, { request }) =>
    runIn(await cancelRun(deps, { actor: actorOf(request), id: params.id }), audienceOfRequest(request)),
  )
  addRoute(app, 'DELETE /runs/{id}', async ({ params }, { request }) =>
    deleteRun(deps, { actor: actorOf(request), id: params.id }),
  )
  addRoute(app, 'POST /runs/{id}/again', async ({ params }, { request }) => {
    const run = await runAgain(deps, { actor: actorOf(request), id: params.id })
    return { run_id: run.id }
  })
  addRoute(app, 'GET /runs/{id}/files/{name}', async ({ params }, { request, reply }) => {
    const run = await readRun(deps, { actor: actorOf(request), id: params.id })
    return sendRunFile(deps, { request, reply }, { run, name: params.name })
  })
  addRoute(app, 'GET /runs/{id}/events', async ({ params, query }, { request, reply }) => {
    const run = await readRun(deps, { actor: actorOf(request), id: params.id })
    const audience = audienceOfRequest(request, query.lang)
    return sendRunEvents(deps.executor, { request, reply }, { run, audience })
  })
}
