import type { EndpointEvents } from '@vitrine/contract'
import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute, audienceOfRequest } from '../../http/route.ts'
import { sendEvents } from '../../http/sse.ts'
import type { Bus } from '../../lib/bus.ts'
import { actorAt, reaches } from '../../lib/policy.ts'
import type { HistoryChanged } from '../service-status/history.ts'
import type { ServiceChanged } from '../services/service-changed.ts'
import { taskIn, type TaskChanged } from '../tasks/task-progress.ts'
import { maySeeTask } from '../tasks/tasks.usecases.ts'

/** Adds `GET /events`, the stream with which open pages learn what changes on the platform. */
export function addEventRoutes(
  app: FastifyInstance,
  deps: {
    serviceChanges: Bus<ServiceChanged>
    historyChanges: Bus<HistoryChanged>
    taskChanges: Bus<TaskChanged>
  },
): void {
  addRoute(app, 'GET /events', async ({ query }, { request, reply }) => {
    const actor = actorAt(actorOf(request), { access: 'services.read' })
    const audience = audienceOfRequest(request, query.lang)
    // A person who may read nothing gets a stream too: its end tells the page that something may have been granted.
    const mayRead = actor.permissions.has('services.read')
    return sendEvents<EndpointEvents<'GET /events'>>(request, reply, (queue) => {
      const subscriptions = !mayRead
        ? []
        : [
            deps.serviceChanges.subscribe((data) => {
              if (reaches(actor, [data.service_id])) queue.push({ event: 'service', data })
            }),
            deps.historyChanges.subscribe((data) => {
              if (reaches(actor, [data.service_id])) queue.push({ event: 'history', data })
            }),
            deps.taskChanges.subscribe((change) => {
              if (maySeeTask(actor, change))
                queue.push({ event: 'task', data: taskIn(change.task, audience) })
            }),
          ]
      // Once all is subscribed: whoever reads after this misses nothing.
      queue.push({ event: 'ready', data: {} })
      return () => {
        for (const end of subscriptions) end()
      }
    })
  })
}
