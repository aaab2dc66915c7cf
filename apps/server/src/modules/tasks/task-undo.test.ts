import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { noDisk, openTasksWorld } from './tasks.test-world.ts'

let world: Awaited<ReturnType<typeof openTasksWorld>>
beforeEach(async () => {
  world = await openTasksWorld()
})
afterEach(() => world.close())

test('an error in an undo is reported together with the first error, and does not replace it', async () => {
  const { runner, start } = world.runnerWith(
    () => Promise.reject(noDisk),
    () => Promise.reject(new Error('still locked')),
  )
  const task = await start('a')
  await runner.settled(task.id)
  expect(await world.stateOf(task.id)).toMatchObject({
    error: { code: 'asset.storage_full', details: { undo_failed: 'still locked' } },
  })
})

test('an undo that the database interrupts is continued, and the task ends when it is done', async () => {
  // A pool that is closed fails as the pool of a server that restarts does.
  const away = await createTestDatabase()
  await away.close()
  let undone = 0
  const { runner, start } = world.runnerWith(
    () => Promise.reject(noDisk),
    async () => {
      undone += 1
      if (undone === 1) await away.db.execute(sql`select 1`)
    },
  )
  const task = await start('a')
  await runner.settled(task.id)
  expect(await world.stateOf(task.id)).toMatchObject({ state: 'running', error: null })
  expect(await runner.resume()).toBe(1)
  await runner.settled(task.id)
  const ended = await world.stateOf(task.id)
  expect([ended?.state, ended?.error?.code, ended?.error?.details]).toEqual(['failed', noDisk.code, {}])
  expect(undone).toBe(2)
})

test('if a control plane stops during an undo, the next one continues it and does not start the work again', async () => {
  let worked = 0
  let undoing = () => {}
  const isUndoing = new Promise<void>((resolve) => (undoing = resolve))
  const work = async () => {
    worked += 1
    throw noDisk
  }
  // Its undo never ends, as if the process had been killed during it.
  const first = world.runnerWith(work, () => new Promise<void>(() => undoing()))
  const task = await first.start('a', 7)
  await isUndoing
  expect(await world.stateOf(task.id)).toMatchObject({ state: 'running', error: null })

  const undone: [number, string][] = []
  const second = world.runnerWith(
    work,
    async ({ input: { n }, error }) => void undone.push([n, error.message.zh]),
  )
  await second.runner.resume()
  await second.runner.settled(task.id)
  expect([worked, undone]).toEqual([1, [[7, '磁盘满了']]])
  expect(await world.stateOf(task.id)).toMatchObject({
    state: 'failed',
    error: { code: 'asset.storage_full' },
  })
  // Closing it would wait for its undo.
  world.runners.splice(world.runners.indexOf(first.runner), 1)
})

test('if storing a failed step fails too, the task still ends with the error of its step', async () => {
  const { repository } = world
  let lost = 0
  const save: typeof repository.save = async (task) => {
    if (lost === 0 && task.steps.some(({ state }) => state === 'failed')) {
      lost += 1
      throw new Error('the database is away')
    }
    return repository.save(task)
  }
  const { runner, start } = world.runnerWith(
    ({ step }) => step('start', () => Promise.reject(noDisk)),
    undefined,
    { repository: { ...repository, save } },
  )
  const task = await start('a')
  await runner.settled(task.id)
  expect(lost).toBe(1)
  expect(await world.stateOf(task.id)).toMatchObject({
    state: 'failed',
    error: { code: 'asset.storage_full' },
    steps: [{ state: 'failed', message: '磁盘满了' }, {}],
  })
})

test('a task whose success could not be stored runs until its effects are undone', async () => {
  const states: unknown[] = []
  let failed = false
  const { runner, start, bus } = world.runnerWith(
    async () => null,
    async () => void states.push('undone'),
    {
      repository: {
        ...world.repository,
        async save(task) {
          if (task.state === 'succeeded' && !failed) {
            failed = true
            throw noDisk
          }
          await world.repository.save(task)
        },
      },
    },
  )
  bus.subscribe(({ task }) => states.push(task.state))
  const task = await start('a')
  await runner.settled(task.id)
  expect(states.slice(states.indexOf('undone') - 1)).toEqual(['running', 'undone', 'failed'])
  expect(states).not.toContain('succeeded')
})
