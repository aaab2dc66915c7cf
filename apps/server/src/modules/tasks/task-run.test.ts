import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTasksWorld } from './tasks.test-world.ts'

let world: Awaited<ReturnType<typeof openTasksWorld>>
beforeEach(async () => {
  world = await openTasksWorld()
})
afterEach(() => world.close())

test('a message that is stored slowly does not bring back an older state of its task', async () => {
  let slowly: Promise<void> | undefined
  const { runner, start } = world.runnerWith(
    async ({ step }) => {
      await step('start', async (report) => {
        slowly = report('一半')
        await report('全部')
        return { value: null }
      })
      return null
    },
    undefined,
    {
      repository: {
        ...world.repository,
        async save(task) {
          // The first message meets a database that is busy.
          if (task.steps[0]?.message?.zh === '一半') await delay(200)
          await world.repository.save(task)
        },
      },
    },
  )
  const task = await start('a')
  await runner.settled(task.id)
  await slowly
  const ended = await world.stateOf(task.id)
  expect([ended?.state, ended?.steps[0]?.message]).toEqual(['succeeded', '全部'])
})
