import type { EndpointEvents } from '@vitrine/contract'
import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute, audienceOfRequest } from '../../http/route.ts'
import { sendEvents } from '../../http/sse.ts'
import type { Bus } from '../../lib/bus.ts'
import { hasEnded, taskIn, type TaskChanged, type TaskRecord } from './task-progress.ts'
import type { TaskRunner } from './task-runner.ts'
import type { TasksRepository } from './tasks.repository.ts'
import { getTask, listTasks } from './tasks.usecases.ts'

/** Adds the routes of tasks. */
export function addTaskRoutes(
  app: FastifyInstance,
  deps: { tasks: TasksRepository; runner: TaskRunner; bus: Bus<TaskChanged> },
): void {
  addRoute(app, 'GET /tasks', async ({ query }, { request }) => {
    const { items, total } = await listTasks(deps, { actor: actorOf(request), query })
    return { items: items.map((task) => taskIn(task, audienceOfRequest(request))), total }
  })
  addRoute(app, 'GET /tasks/{id}', async ({ params }, { request }) => {
    const { task } = await getTask(deps, { actor: actorOf(request), id: params.id })
    return taskIn(task, audienceOfRequest(request))
  })
  addRoute(app, 'POST /tasks/{id}/cancel', async ({ params }, { request }) => {
    await getTask(deps, { actor: actorOf(request), id: params.id })
    return taskIn(await deps.runner.cancel(params.id), audienceOfRequest(request))
  })
  addRoute(app, 'GET /tasks/{id}/events', async ({ params, query }, { request, reply }) => {
    const audience = audienceOfRequest(request, query.lang)
    await getTask(deps, { actor: actorOf(request), id: params.id })
    return sendEvents<EndpointEvents<'GET /tasks/{id}/events'>>(request, reply, (queue) => {
      let live = false
      const push = (task: TaskRecord) => {
        queue.push({ event: 'task', data: taskIn(task, audience) })
        if (hasEnded(task)) queue.end()
      }
      const stop = deps.bus.subscribe((event) => {
        if (event.task.id !== params.id) return
        live = true
        push(event.task)
      })
      // Read after subscribing, so that no change is missed. A change that arrived in the meantime is newer
      // than this.
      deps.tasks.get(params.id).then(
        (stored) => {
          if (!stored) queue.end()
          else if (!live) push(stored.task)
        },
        (error: Error) => queue.fail(error),
      )
      return stop
    })
  })
}
