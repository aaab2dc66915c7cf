import type { FastifyInstance, FastifyRequest } from 'fastify'
import { textIn, type Pipeline } from '@vitrine/contract'
import { actorOf, addRoute, audienceOfRequest } from '../../http/route.ts'
import { mayOwn } from '../services/services.usecases.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import { readInTurn } from '../quotas/git-queues.ts'
import { readBuildLog } from '../releases/build-log.ts'
import { taskIn } from '../tasks/task-progress.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPipeline } from './pipelines.repository.ts'
import {
  approvePipeline,
  cancelPipeline,
  getPipeline,
  getPipelineWithTask,
  listPipelines,
  pipelineChanges,
  rerunPipeline,
} from './pipelines.usecases.ts'
import { shownPipeline } from './pipelines.words.ts'
import { forgetRule, readRule, saveRule } from './push-rules.usecases.ts'

function addRuleRoutes(app: FastifyInstance, deps: PipelinesDeps): void {
  const about = (request: FastifyRequest, serviceId: string) => ({
    actor: actorOf(request),
    audience: audienceOfRequest(request),
    serviceId,
  })
  addRoute(app, 'GET /services/{id}/push-deploy', ({ params }, { request }) =>
    readRule(deps, about(request, params.id)),
  )
  addRoute(app, 'PUT /services/{id}/push-deploy', ({ params, body }, { request }) => {
    const { promote_from: promoteFrom, ...change } = body
    return saveRule(deps, { ...about(request, params.id), change: { ...change, promoteFrom } })
  })
  addRoute(app, 'DELETE /services/{id}/push-deploy', ({ params }, { request }) =>
    forgetRule(deps, about(request, params.id)),
  )
}

function addReadingRoutes(app: FastifyInstance, deps: PipelinesDeps): void {
  addRoute(app, 'GET /pipelines', async ({ query }, { request }) => {
    const { items, total } = await listPipelines(deps, { actor: actorOf(request), query })
    return { items: items.map((row) => shownPipeline(row, audienceOfRequest(request))), total }
  })
  addRoute(app, 'GET /pipelines/{id}', async ({ params }, { request }) => {
    const actor = actorOf(request)
    const { pipeline, service, task } = await getPipelineWithTask(deps, { actor, id: params.id })
    const audience = audienceOfRequest(request)
    return {
      ...shownPipeline(pipeline, audience),
      service_name: service
        ? textIn(service.translations, audience.language)(service.name)
        : pipeline.serviceId,
      may_operate: service !== null && mayOwn(actor, service),
      steps: task ? taskIn(task, audience).steps : [],
    }
  })
  addRoute(app, 'GET /pipelines/{id}/log', async ({ params, query }, { request }) => {
    const { id, serviceId } = await getPipeline(deps, { actor: actorOf(request), id: params.id })
    return readBuildLog(serviceFolders(deps.paths, serviceId).pipelineLog(id), query.after)
  })
  addRoute(app, 'GET /pipelines/{id}/changes', ({ params }, { request, reply }) =>
    readInTurn(deps.gitQueues, reply, () =>
      pipelineChanges(deps, { actor: actorOf(request), id: params.id }),
    ),
  )
}

/** Adds the rules of push to deploy, and the pipelines. */
export function addPipelineRoutes(app: FastifyInstance, deps: PipelinesDeps): void {
  addRuleRoutes(app, deps)
  addReadingRoutes(app, deps)
  const acting =
    (act: (deps: PipelinesDeps, named: Parameters<typeof cancelPipeline>[1]) => Promise<StoredPipeline>) =>
    async (
      { params }: { params: { id: string } },
      { request }: { request: FastifyRequest },
    ): Promise<Pipeline> =>
      shownPipeline(await act(deps, { actor: actorOf(request), id: params.id }), audienceOfRequest(request))
  addRoute(app, 'POST /pipelines/{id}/cancel', acting(cancelPipeline))
  addRoute(app, 'POST /pipelines/{id}/approve', acting(approvePipeline))
  addRoute(app, 'POST /pipelines/{id}/rerun', acting(rerunPipeline))
}
