import { afterAll, beforeAll, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import type { LiveInstance } from '../instances/instance-monitor.ts'
import { liveInstance } from '../instances/live-instance.test-setup.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { testOptions } from '../services/stored-service.test-setup.ts'
import { HistoryRecorder } from './history.recorder.ts'
import { createHistoryRepository } from './history.repository.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

test('more events than one statement of PostgreSQL can take are written, in their order', async () => {
  const owner = { ownerId: testActor('user').id, ownerName: 'someone' }
  const demo = { id: 'demo', name: 'Demo', ...owner }
  await database.db.insert(algorithms).values({ ...demo, task: 'other', description: '' })
  const services = createServicesRepository(database)
  const running = { desired: 'running', mode: 'local', currentRelease: 1, options: testOptions } as const
  await services.insert({ ...demo, algorithmId: 'demo', ...running })
  const history = createHistoryRepository(database)
  let now: LiveInstance = liveInstance()
  const recorder = new HistoryRecorder({
    history,
    monitor: { ofService: () => [now] },
    services: services.some,
    clock: () => new Date(),
    onStored: () => undefined,
    onError: (error) => {
      throw error
    },
  })
  await recorder.open()
  for (let number = 0; number < 9_600; number++) {
    now = liveInstance({ state: number % 2 === 0 ? 'RUNNING' : 'BACKOFF' })
    recorder.changed('demo')
  }
  await recorder.close()
  const { rows, total } = await history.list('demo', { limit: 2_000, offset: 0 })
  expect(total).toBeGreaterThanOrEqual(9_600)
  const states = rows.filter(({ instanceId }) => instanceId !== null).map(({ status }) => status)
  expect(states.every((state, at) => state === (at % 2 === 0 ? 'BACKOFF' : 'RUNNING'))).toBe(true)
})
