import type { FastifyInstance, FastifyRequest } from 'fastify'
import { actorOf, addRoute, readerOf } from '../../http/route.ts'
import { getService } from '../service-status/service-status.usecases.ts'
import { changeService } from './change-service.ts'
import { operateService, type ChangeServicesDeps } from './operations.usecases.ts'

/** Adds the routes that change, start, stop and delete a service. */
export function addOperationRoutes(app: FastifyInstance, deps: ChangeServicesDeps): void {
  const before = ({ id }: { id: string }, request: FastifyRequest) =>
    getService(deps, { ...readerOf(request), id })
  addRoute(
    app,
    'PATCH /services/{id}',
    async ({ params, body }, { request, reply }) => {
      const { service, task } = await changeService(deps, {
        ...readerOf(request),
        id: params.id,
        change: body,
      })
      if (task) reply.status(202)
      return { ...service, task_id: task?.id ?? null }
    },
    { before },
  )
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
  addRoute(app, 'DELETE /services/{id}', ({ params }, { request }) => operate('delete', params.id, request), {
    before,
  })
}
