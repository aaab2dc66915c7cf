import type { FastifyInstance } from 'fastify'
import { languageOf } from '../../http/language.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import { changeService } from './services.change.ts'
import { deployService, rollbackService } from './services.deploy.ts'
import {
  getService,
  getServiceInFull,
  listServices,
  loadService,
  operateService,
  type ChangeServicesDeps,
} from './services.usecases.ts'

/** Who reads, and in which language. */
const readerOf = (request: Parameters<typeof actorOf>[0]) => ({
  actor: actorOf(request),
  language: languageOf(request),
})

/** Adds the routes of services, but for their logs. */
export function addServiceRoutes(app: FastifyInstance, deps: ChangeServicesDeps): void {
  addRoute(app, 'GET /services', ({ query }, { request }) =>
    listServices(deps, { ...readerOf(request), query }),
  )
  addRoute(app, 'GET /services/{id}', ({ params }, { request }) =>
    getServiceInFull(deps, { ...readerOf(request), id: params.id }),
  )
  addRoute(app, 'PATCH /services/{id}', async ({ params, body }, { request, reply }) => {
    const { service, task } = await changeService(deps, {
      ...{ ...readerOf(request), id: params.id, change: body },
    })
    if (task) reply.status(202)
    return { ...service, task_id: task?.id ?? null }
  })
  addRoute(app, 'GET /services/status/{id}', async ({ params }, { request }) => {
    const { id, status, health, reason } = await getService(deps, { ...readerOf(request), id: params.id })
    return { service_id: id, status, health, message: reason ?? '' }
  })
  addRoute(app, 'POST /services/deploy', async ({ body }, { request }) => {
    const serviceId = body.service_id ?? body.algorithm_id
    const task = await deployService(deps, {
      actor: actorOf(request),
      algorithmId: body.algorithm_id,
      serviceId,
      ref: body.ref,
      config: body.service_config,
    })
    return { task_id: task.id, service_id: serviceId }
  })
  addRoute(app, 'GET /services/{id}/releases', async ({ params, query }, { request }) => {
    await loadService(deps, params.id)
    return deps.releases.list(params.id, {
      limit: query.page_size,
      offset: (query.page - 1) * query.page_size,
      language: languageOf(request),
    })
  })
  addRoute(app, 'POST /services/{id}/rollback', async ({ params, body }, { request }) => {
    const task = await rollbackService(deps, {
      actor: actorOf(request),
      id: params.id,
      release: body.release,
    })
    return { task_id: task.id, service_id: params.id }
  })
  const operate = async (
    action: 'start' | 'stop' | 'restart' | 'delete',
    id: string,
    request: Parameters<typeof actorOf>[0],
  ) => {
    const task = await operateService(deps, { actor: actorOf(request), id, action })
    return { task_id: task.id }
  }
  addRoute(app, 'POST /services/start/{id}', ({ params }, { request }) =>
    operate('start', params.id, request),
  )
  addRoute(app, 'POST /services/stop/{id}', ({ params }, { request }) => operate('stop', params.id, request))
  addRoute(app, 'POST /services/restart/{id}', ({ params }, { request }) =>
    operate('restart', params.id, request),
  )
  addRoute(app, 'DELETE /services/{id}', ({ params }, { request }) => operate('delete', params.id, request))
}
