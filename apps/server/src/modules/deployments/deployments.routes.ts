import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import type { TasksRepository } from '../tasks/tasks.repository.ts'
import { retryTask } from './retry.ts'
import { deployService, rollbackService, type DeployServiceDeps } from './deployments.usecases.ts'

/** Adds the routes that deploy a service, return to an earlier release, and repeat either. */
export function addDeploymentRoutes(
  app: FastifyInstance,
  deps: DeployServiceDeps & { tasks: TasksRepository },
): void {
  addRoute(app, 'POST /services/deploy', async ({ body }, { request }) => {
    const serviceId = body.service_id ?? body.algorithm_id
    const task = await deployService(deps, {
      actor: actorOf(request),
      algorithmId: body.algorithm_id,
      serviceId,
      ref: body.ref,
      config: body.service_config,
      givesModels: true,
    })
    return { task_id: task.id, service_id: serviceId }
  })
  addRoute(app, 'POST /services/{id}/rollback', async ({ params, body }, { request }) => {
    const task = await rollbackService(deps, {
      actor: actorOf(request),
      id: params.id,
      release: body.release,
    })
    return { task_id: task.id, service_id: params.id }
  })
  addRoute(app, 'POST /tasks/{id}/retry', async ({ params }, { request }) => {
    const { task, serviceId } = await retryTask(deps, { actor: actorOf(request), id: params.id })
    return { task_id: task.id, service_id: serviceId }
  })
}
