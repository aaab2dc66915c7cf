import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import { deployService, rollbackService } from './services.deploy.ts'
import {
  getService,
  listServices,
  loadService,
  operateService,
  patchService,
  type ChangeServicesDeps,
} from './services.usecases.ts'

/** Adds the routes of services, but for their logs. */
export function addServiceRoutes(app: FastifyInstance, deps: ChangeServicesDeps): void {
  addRoute(app, 'GET /services', ({ query }, { request }) =>
    listServices(deps, { actor: actorOf(request), query }),
  )
  addRoute(app, 'GET /services/{id}', ({ params }, { request }) =>
    getService(deps, { actor: actorOf(request), id: params.id }),
  )
  addRoute(app, 'PATCH /services/{id}', ({ params, body }, { request }) =>
    patchService(deps, { actor: actorOf(request), id: params.id, change: body }),
  )
  addRoute(app, 'GET /services/status/{id}', async ({ params }, { request }) => {
    const { id, status, health, reason } = await getService(deps, { actor: actorOf(request), id: params.id })
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
  addRoute(app, 'GET /services/{id}/releases', async ({ params, query }) => {
    await loadService(deps, params.id)
    return deps.releases.list(params.id, {
      limit: query.page_size,
      offset: (query.page - 1) * query.page_size,
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
