import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { pageOf, serviceEvent } from '@vitrine/contract'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { createTestApp, testActor } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import type { LiveInstance } from '../instances/instance-monitor.ts'
import { liveInstance } from '../instances/live-instance.test-setup.ts'
import { instances as instanceRows } from '../instances/instances.tables.ts'
import { historyEvent } from './history-event.test-setup.ts'
import { HistoryRecorder } from './history.recorder.ts'
import { createHistoryRepository } from './history.repository.ts'
import { addHistoryRoutes } from './history.routes.ts'
import { forgetOldHistory } from './history.usecases.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { testOptions } from '../services/stored-service.test-setup.ts'
import { serviceEvents } from '../services/services.tables.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let history: ReturnType<typeof createHistoryRepository>
let services: ReturnType<typeof createServicesRepository>
beforeAll(async () => {
  database = await createTestDatabase()
  history = createHistoryRepository(database)
  services = createServicesRepository(database)
  const owner = { ownerId: testActor('user').id, ownerName: 'someone' }
  await database.db
    .insert(algorithms)
    .values({ id: 'demo', name: 'Demo', task: 'other', description: '', ...owner })
})
afterAll(() => database.close())

const now = historyEvent().at

let instances: LiveInstance[]
let away: boolean
let errors: unknown[]
/** The services whose records were told to be stored. */
let stored: string[]
let recorder: HistoryRecorder
const openRecorder = async () => {
  const opened = new HistoryRecorder({
    history: {
      latest: history.latest,
      insert: async (events) => {
        if (away) throw new Error('the database is away')
        await history.insert(events)
      },
    },
    monitor: { ofService: (id) => instances.filter(({ serviceId }) => serviceId === id) },
    services: services.some,
    clock: () => now,
    onStored: (ids) => void stored.push(...ids),
    onError: (error) => errors.push(error),
  })
  await opened.open()
  return opened
}
const addService = (id: string) =>
  services.insert({
    id,
    name: id,
    algorithmId: 'demo',
    desired: 'running',
    mode: 'local',
    currentRelease: 1,
    options: testOptions,
    ownerId: testActor('user').id,
    ownerName: 'someone',
  })
beforeEach(async () => {
  instances = [liveInstance()]
  away = false
  errors = []
  stored = []
  await addService('demo')
  const part = { serviceId: 'demo', release: 1, replica: 1 }
  await database.db.insert(instanceRows).values({ id: 'demo-r1-1', ...part })
  recorder = await openRecorder()
})
afterEach(async () => {
  await recorder.close()
  await services.delete('demo')
})

const show = (part: Partial<LiveInstance>) => {
  instances = [liveInstance(part)]
  recorder.changed('demo')
}
const kept = async (id = 'demo') => {
  await recorder.flush()
  return (await history.list(id, { limit: 100, offset: 0 })).rows.toReversed()
}
const words = async () =>
  (await kept()).map(({ instanceId, status, health }) => `${instanceId ?? '*'} ${status} ${health}`)

test('each change of an instance and of its service is recorded once, with its reason in both languages', async () => {
  show({})
  await recorder.flush()
  show({})
  show({ health: 'BUSY' })
  show({
    state: 'BACKOFF',
    health: 'UNKNOWN',
    reason: { code: 'process', reason: { code: 'exited', exitCode: 1, ranMs: 300 }, lines: ['x'] },
  })
  expect(await words()).toEqual([
    'demo-r1-1 RUNNING READY',
    '* RUNNING READY',
    'demo-r1-1 BACKOFF UNKNOWN',
    '* BACKOFF UNKNOWN',
  ])
  expect((await kept()).at(-1)?.reason).toEqual({ zh: '退出码 1，运行了 0.3 秒', en: 'exit 1 after 0.3 s' })
})

test('a short failure of an instance is recorded, even if the service was well again before anything was written', async () => {
  show({})
  await recorder.flush()
  show({ state: 'BACKOFF', health: 'UNKNOWN' })
  show({})
  expect(await words()).toEqual([
    'demo-r1-1 RUNNING READY',
    '* RUNNING READY',
    'demo-r1-1 BACKOFF UNKNOWN',
    'demo-r1-1 RUNNING READY',
  ])
})

test('events are written automatically within a second', async () => {
  show({})
  const rows = async () => (await history.list('demo', { limit: 1, offset: 0 })).total
  await vi.waitFor(async () => expect(await rows()).toBe(2), { timeout: patienceMs, interval: 50 })
})

test('who shows a history is told once its records can be read, and not before', async () => {
  away = true
  show({})
  await expect(recorder.flush()).rejects.toThrow('away')
  expect(stored).toEqual([])
  away = false
  await recorder.flush()
  expect(stored).toEqual(['demo'])
  show({})
  await recorder.flush()
  expect(stored).toEqual(['demo'])
})

test('the next recorder does not repeat the last records', async () => {
  show({})
  await recorder.close()
  recorder = await openRecorder()
  show({})
  expect(await words()).toEqual(['demo-r1-1 RUNNING READY', '* RUNNING READY'])
})

test('of an instance that was removed, nothing is kept in memory, also after a restart of the control plane', async () => {
  const { id, serviceId } = liveInstance()
  const first = { id, serviceId }
  const second = { id: 'demo-r2-1', serviceId }
  show({})
  show(second)
  await recorder.flush()
  expect([recorder.notedOf(first), recorder.notedOf(second)]).toEqual([null, expect.anything()])
  await recorder.close()
  await database.db.delete(instanceRows)
  recorder = await openRecorder()
  expect([recorder.notedOf(first), recorder.notedOf(second)]).toEqual([null, null])
})

test('a restart because of health is recorded with the number of probes and the reason', async () => {
  recorder.restarted(
    liveInstance({
      count: { wellAtMs: 1, bad: 6 },
      reason: { code: 'answers', path: '/health', status: 500, isPage: false },
    }),
  )
  const [first] = await kept()
  expect(first).toMatchObject({
    status: 'STOPPING',
    reason: { en: 'restarted after 6 failed health checks in a row (/health answers 500)' },
  })
})

test('what was done with a service stands beside its state, once, also after a restart of the control plane', async () => {
  const what = { zh: '按规则调整', en: 'scaled from 1 to 3' }
  show({})
  recorder.done('demo', what)
  show({ health: 'BUSY' })
  await recorder.close()
  recorder = await openRecorder()
  show({})
  recorder.done('demo', what)
  expect((await kept()).map(({ instanceId, health, reason }) => [instanceId, health, reason?.en])).toEqual([
    ['demo-r1-1', 'READY', undefined],
    [null, 'BUSY', 'scaled from 1 to 3'],
  ])
  show({ health: 'UNHEALTHY' })
  await recorder.flush()
  show({})
  recorder.done('demo', what)
  expect((await kept()).at(-1)?.reason).toEqual(what)
})

test('what could not be written is written by itself when the database is back', async () => {
  away = true
  show({})
  await vi.waitFor(() => expect(errors).not.toEqual([]), { timeout: patienceMs, interval: 20 })
  away = false
  const rows = async () => (await history.list('demo', { limit: 1, offset: 0 })).total
  await vi.waitFor(async () => expect(await rows()).toBe(2), { timeout: patienceMs, interval: 50 })
})

test('while the database is unreachable nothing is lost, and nothing waits', async () => {
  away = true
  show({})
  await expect(recorder.flush()).rejects.toThrow('away')
  show({ health: 'UNHEALTHY' })
  away = false
  expect(await words()).toEqual([
    'demo-r1-1 RUNNING READY',
    '* RUNNING READY',
    'demo-r1-1 RUNNING UNHEALTHY',
    '* RUNNING UNHEALTHY',
  ])
})

test('events of a deleted service do not prevent those of others from being written', async () => {
  await addService('gone')
  instances = [liveInstance(), liveInstance({ id: 'gone-r1-1', serviceId: 'gone' })]
  recorder.changed('gone')
  recorder.changed('demo')
  await services.delete('gone')
  expect(await words()).toEqual(['demo-r1-1 RUNNING READY', '* RUNNING READY'])
  expect(await kept('gone')).toEqual([])
})

test('a month and a thousand events of a service are kept', async () => {
  const old = new Date(now.getTime() - 31 * 24 * 3600 * 1000)
  await history.insert([historyEvent({ at: old }), ...Array.from({ length: 1_003 }, () => historyEvent())])
  await addService('quiet')
  await history.insert([historyEvent({ serviceId: 'quiet' })])
  await forgetOldHistory({ history }, now)
  const rows = await kept()
  const { total } = await history.list('demo', { limit: 1, offset: 0 })
  expect([total, rows.some(({ at }) => at < now)]).toEqual([1_000, false])
  expect((await history.list('quiet', { limit: 1, offset: 0 })).total).toBe(1)
  await services.delete('quiet')
  expect((await database.db.select().from(serviceEvents)).length).toBe(1_000)
})

test('a history is read page by page, newest first, in the reader’s language', async () => {
  show({})
  show({
    state: 'FATAL',
    health: 'UNKNOWN',
    reason: {
      code: 'process',
      reason: {
        code: 'crash_loop',
        exits: 5,
        withinS: 120,
        last: { code: 'exited', exitCode: 1, ranMs: 300 },
      },
      lines: [],
    },
  })
  await recorder.flush()
  const app = await createTestApp()
  addHistoryRoutes(app, { services, history })
  const ask = (path: string, language = 'en') =>
    app.inject({
      url: `/api/v1/services/${path}`,
      headers: { 'x-test-role': 'viewer', 'accept-language': language },
    })
  const page = pageOf(serviceEvent).parse((await ask('demo/history?page_size=2')).json())
  expect(page.total).toBe(3)
  expect(page.items.map(({ instance_id: id, status, reason }) => [id, status, reason])).toEqual([
    [null, 'FATAL', '5 exits in 2 minutes, the last: exit 1 after 0.3 s'],
    ['demo-r1-1', 'FATAL', '5 exits in 2 minutes, the last: exit 1 after 0.3 s'],
  ])
  const zh = pageOf(serviceEvent).parse((await ask('demo/history?page_size=2&page=1', 'zh')).json())
  expect(zh.items[0]?.reason).toBe('2 分钟内退出了 5 次，最后一次：退出码 1，运行了 0.3 秒')
  expect((await ask('nobody/history')).json().error.code).toBe('service.not_found')
  expect((await ask('demo/history?page=0')).statusCode).toBe(422)
  await app.close()
})
