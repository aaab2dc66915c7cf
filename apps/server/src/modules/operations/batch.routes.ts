import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import { beginBatch } from './batch.usecases.ts'

/** Adds the route that works on many services. */
export function addBatchRoute(app: FastifyInstance, deps: Parameters<typeof beginBatch>[0]): void {
  addRoute(app, 'POST /services/batch', async ({ body }, { request }) => {
    const task = await beginBatch(deps, { actor: actorOf(request), request: body })
    return { task_id: task.id }
  })
}
