import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { createTasksRepository } from './tasks.repository.ts'
import { tasks } from './tasks.tables.ts'
import { forgetOldTasks } from './tasks.usecases.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

const now = new Date('2026-11-01T12:00:00Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * 24 * 3600 * 1000)

test('tasks that ended more than ninety days ago are deleted, but not the newest of a service or an active one', async () => {
  const task = (kind: 'service.wake' | 'asset.process', serviceId: string | null, days: number) => ({
    kind,
    serviceId,
    state: 'succeeded' as const,
    input: {},
    steps: [],
    createdById: '11111111-1111-4111-8111-111111111111',
    createdBy: `${serviceId} ${days}`,
    createdAt: daysAgo(days),
    finishedAt: daysAgo(days),
  })
  await database.db
    .insert(tasks)
    .values([
      task('service.wake', 'often', 200),
      task('service.wake', 'often', 91),
      task('service.wake', 'often', 89),
      task('service.wake', 'seldom', 300),
      task('service.wake', 'seldom', 200),
      { ...task('service.wake', 'busy', 200), state: 'running', finishedAt: null },
      task('service.wake', 'busy', 95),
      task('asset.process', null, 91),
      task('asset.process', null, 89),
      { ...task('asset.process', null, 100), createdBy: 'took long', finishedAt: daysAgo(80) },
    ])
  expect(await forgetOldTasks({ tasks: createTasksRepository(database) }, now)).toBe(4)
  const left = await database.db.select({ name: tasks.createdBy }).from(tasks)
  expect(left.map(({ name }) => name).toSorted()).toEqual([
    'busy 200',
    'busy 95',
    'null 89',
    'often 89',
    'seldom 200',
    'took long',
  ])
})
