import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { createTestApp } from '../../../../../tests/support/test-app.ts'
import { createBus } from '../../lib/bus.ts'
import type { HistoryChanged } from '../service-status/history.ts'
import type { ServiceChanged } from '../services/service-changed.ts'
import type { TaskChanged } from '../tasks/task-progress.ts'
import { addEventRoutes } from './events.routes.ts'

test('a stream says first that it is ready, and from then on nothing is missed', async () => {
  const deps = {
    serviceChanges: createBus<ServiceChanged>(),
    historyChanges: createBus<HistoryChanged>(),
    taskChanges: createBus<TaskChanged>(),
  }
  const app = await createTestApp()
  onTestFinished(() => app.close())
  addEventRoutes(app, deps)
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  deps.serviceChanges.publish({ service_id: 'early', change: 'changed' })
  const request = get(`${origin}/api/v1/events`, {
    headers: { 'x-test-role': 'viewer', accept: 'text/event-stream' },
  })
  request.on('error', () => undefined)
  onTestFinished(() => void request.destroy())
  const [answer]: IncomingMessage[] = await once(request, 'response')
  let text = ''
  for await (const piece of answer ?? []) {
    text += String(piece)
    if (text.endsWith('event: ready\ndata: {}\n\n')) {
      deps.serviceChanges.publish({ service_id: 'later', change: 'changed' })
      deps.historyChanges.publish({ service_id: 'later' })
    }
    if (text.includes('history')) break
  }
  expect(text).toBe(
    'event: ready\ndata: {}\n\nevent: service\ndata: {"service_id":"later","change":"changed"}\n\nevent: history\ndata: {"service_id":"later"}\n\n',
  )
})
