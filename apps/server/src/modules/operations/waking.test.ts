import { beforeEach, expect, test } from 'vitest'
import { createTestApp } from '../../../../../tests/support/test-app.ts'
import { createWaking, type WakeService } from './waking.ts'
import { addWakeRoute, newWakeAccess } from './waking.routes.ts'

type Row = { id: string; desired: 'running' | 'stopped'; asleep: boolean }

let rows: Map<string, Row>
let ends: 'succeeded' | 'failed'
let log: string[]
let finish: () => void
let wake: WakeService
beforeEach(() => {
  rows = new Map(
    [
      { id: 'sleeper', desired: 'running' as const, asleep: true },
      { id: 'awake', desired: 'running' as const, asleep: false },
      { id: 'stopped', desired: 'stopped' as const, asleep: false },
    ].map((row) => [row.id, row]),
  )
  ends = 'succeeded'
  log = []
  const finished = new Promise<void>((resolve) => (finish = resolve))
  wake = createWaking({
    services: { get: async (id) => rows.get(id) ?? null },
    tasks: { get: async () => ({ task: { state: ends } }) },
    runner: {
      start: async ({ kind, serviceId }) => {
        log.push(`${kind} ${serviceId}`)
        return { id: 'task-1' }
      },
      settled: () => finished,
    },
    gateway: {
      sync: async () => void log.push('sync'),
    },
  })
})

test('simultaneous wake-ups of a service share one task, and continue once the gateway is updated', async () => {
  const all = Promise.all([wake('sleeper'), wake('sleeper'), wake('sleeper')])
  finish()
  await all
  expect(log).toEqual(['service.wake sleeper', 'sync'])
  await wake('sleeper')
  expect(log.length).toBe(4)
})

test('waking a service that is awake only waits for the gateway', async () => {
  await wake('awake')
  expect(log).toEqual(['sync'])
})

test('a stopped service stays stopped, and an unknown one is reported', async () => {
  await expect(wake('stopped')).rejects.toMatchObject({ code: 'service.stopped' })
  await expect(wake('nobody')).rejects.toMatchObject({ code: 'service.not_found' })
  expect(log).toEqual([])
})

test('a service that does not start is reported to all that wait', async () => {
  ends = 'failed'
  const all = Promise.allSettled([wake('sleeper'), wake('sleeper')])
  finish()
  for (const result of await all)
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'service.wake_failed', status: 503 } })
})

test('only a caller with the token of this start can use the route', async () => {
  const access = newWakeAccess()
  expect(newWakeAccess().token).not.toBe(access.token)
  const app = await createTestApp()
  addWakeRoute(app, { access, wake })
  const ask = (id: string, headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: `${access.path}/${id}`, headers })
  const withToken = { 'x-vitrine-wake': access.token }
  expect((await ask('awake', withToken)).statusCode).toBe(204)
  const strangers: Record<string, string>[] = [
    {},
    { 'x-vitrine-wake': '' },
    { 'x-vitrine-wake': `${access.token}x` },
  ]
  for (const headers of [...strangers, { 'x-test-role': 'admin' }]) {
    const refused = await ask('awake', headers)
    expect([refused.statusCode, refused.json().error.code]).toEqual([404, 'route.not_found'])
  }
  expect((await ask('..%2f', withToken)).statusCode).toBe(404)
  expect((await ask('stopped', { ...withToken, 'accept-language': 'en' })).json().error).toMatchObject({
    code: 'service.stopped',
    message: 'The service is stopped',
  })
  expect(log).toEqual(['sync'])
  await app.close()
})
