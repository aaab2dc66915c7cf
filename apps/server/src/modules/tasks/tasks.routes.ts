import type { Task } from '@vitrine/contract'
import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute } from '../../http/route.ts'
import { sendEvents } from '../../http/sse.ts'
import type { PlatformBus } from '../events/platform-bus.ts'
import { hasEnded } from './task-progress.ts'
import type { TaskRunner } from './task-runner.ts'
import type { TasksRepository } from './tasks.repository.ts'
import { getTask, listTasks, maySeeTask } from './tasks.usecases.ts'

/** Adds the routes of tasks and of platform events. */
export function addTaskRoutes(
  app: FastifyInstance,
  deps: { tasks: TasksRepository; runner: TaskRunner; bus: PlatformBus },
): void {
  addRoute(app, 'GET /tasks', ({ query }, { request }) => listTasks(deps, { actor: actorOf(request), query }))
  addRoute(app, 'GET /tasks/{id}', async ({ params }, { request }) => {
    return (await getTask(deps, { actor: actorOf(request), id: params.id })).task
  })
  addRoute(app, 'POST /tasks/{id}/cancel', async ({ params }, { request }) => {
    await getTask(deps, { actor: actorOf(request), id: params.id })
    return deps.runner.cancel(params.id)
  })
  addRoute(app, 'GET /tasks/{id}/events', async ({ params }, { request, reply }) => {
    await getTask(deps, { actor: actorOf(request), id: params.id })
    return sendEvents(request, reply, (queue) => {
      let live = false
      const push = (task: Task) => {
        queue.push({ event: 'task', data: task })
        if (hasEnded(task)) queue.end()
      }
      const stop = deps.bus.subscribe((event) => {
        if (event.type !== 'task' || event.data.id !== params.id) return
        live = true
        push(event.data)
      })
      // Read after subscribing, so that no change falls between; a change that came meanwhile is newer than what was read.
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
  addRoute(app, 'GET /events', async (_input, { request, reply }) => {
    const actor = actorOf(request)
    return sendEvents(request, reply, (queue) =>
      deps.bus.subscribe((event) => {
        const visible = event.type !== 'task' || maySeeTask(actor, event)
        if (visible) queue.push({ event: event.type, data: event.data })
      }),
    )
  })
}
