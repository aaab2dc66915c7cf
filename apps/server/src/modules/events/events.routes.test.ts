import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { Permission } from '@vitrine/contract'
import { expect, onTestFinished, test } from 'vitest'
import { createTestApp, testActor } from '../../../../../tests/support/test-app.ts'
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

test.each([
  ['nobody', []],
  ['granted', ['granted-service']],
])('who may not read services is told of nothing but those of a grant (%s)', async (who, told) => {
  const deps = {
    serviceChanges: createBus<ServiceChanged>(),
    historyChanges: createBus<HistoryChanged>(),
    taskChanges: createBus<TaskChanged>(),
  }
  const nobody = { ...testActor('user'), permissions: new Set<Permission>() }
  const grants = [{ serviceId: 'granted-service', level: 'run' as const, hasCode: false }]
  const app = await createTestApp({ nobody, granted: { ...nobody, grants } })
  onTestFinished(() => app.close())
  addEventRoutes(app, deps)
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const request = get(`${origin}/api/v1/events`, { headers: { 'x-test-role': who } })
  request.on('error', () => undefined)
  onTestFinished(() => void request.destroy())
  const [answer]: IncomingMessage[] = await once(request, 'response')
  expect(answer?.statusCode).toBe(200)
  await once(answer ?? request, 'data')
  let text = ''
  answer?.on('data', (piece) => (text += String(piece)))
  for (const id of ['other-service', 'granted-service'])
    deps.serviceChanges.publish({ service_id: id, change: 'changed' })
  // What was sent has arrived once the server has ended the answer.
  const ended = new Promise((resolve) => answer?.once('close', resolve))
  if (told.length > 0) await expect.poll(() => text).toContain('granted-service')
  await app.close()
  request.destroy()
  await ended
  expect([...text.matchAll(/"service_id":"([^"]+)"/g)].map(([, id]) => id)).toEqual(told)
})

const grant = { serviceId: 'granted-service', level: 'run' as const, hasCode: false }
const nobodys: ReadonlySet<Permission> = new Set()
test.each([
  ['a grant is taken away', { grants: [grant] }, { grants: [] }],
  ['a grant is given', { grants: [] }, { grants: [grant] }],
  ['their role may read no services any more', {}, { permissions: nobodys }],
])('a stream is refused if, while it opens, %s: the page opens it again', async (_what, before, after) => {
  const seen = [before, after].map((rights) => ({
    ...testActor('user'),
    ...('grants' in before && { permissions: nobodys }),
    ...rights,
  }))
  const app = await createTestApp({}, null, { authenticate: async () => seen.shift() ?? null })
  onTestFinished(() => app.close())
  addEventRoutes(app, {
    serviceChanges: createBus<ServiceChanged>(),
    historyChanges: createBus<HistoryChanged>(),
    taskChanges: createBus<TaskChanged>(),
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const gone = new AbortController()
  onTestFinished(() => gone.abort())
  const answer = await fetch(`${origin}/api/v1/events`, { signal: gone.signal })
  expect([answer.status, seen.length]).toEqual([409, 0])
  expect(await answer.json()).toMatchObject({ error: { code: 'auth.rights_changed' } })
})
