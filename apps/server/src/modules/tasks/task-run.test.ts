import { afterEach, beforeEach, expect, test } from 'vitest'
import { gate } from '../../../../../tests/support/gate.ts'
import { openTasksWorld } from './tasks.test-world.ts'

let world: Awaited<ReturnType<typeof openTasksWorld>>
beforeEach(async () => {
  world = await openTasksWorld()
})
afterEach(() => world.close())

test('a message that is stored slowly does not bring back an older state of its task', async () => {
  const hangs = gate()
  const goesOn = gate()
  /** The messages that began to be stored, and those of them that did so while the first one hung. */
  const begun: unknown[] = []
  let whileItHung: unknown[] = []
  const { runner, start } = world.runnerWith(
    async ({ task, step }) => {
      await step('start', async (report) => {
        const slowly = report('一半')
        await hangs.passed
        const next = report('全部')
        // A look at the database takes longer than the beginning of a save.
        await world.repository.get(task.id)
        whileItHung = [...begun]
        goesOn.open()
        await Promise.all([slowly, next])
        return { value: null }
      })
      return null
    },
    undefined,
    {
      repository: {
        ...world.repository,
        async save(task) {
          const message = task.steps[0]?.message?.zh
          if (message !== undefined) begun.push(message)
          if (message === '一半') {
            hangs.open()
            await goesOn.passed
          }
          await world.repository.save(task)
        },
      },
    },
  )
  const task = await start('a')
  await runner.settled(task.id)
  expect(whileItHung).toEqual(['一半'])
  const ended = await world.stateOf(task.id)
  expect([ended?.state, ended?.steps[0]?.message]).toEqual(['succeeded', '全部'])
})

test('how much of a step is done is told as a number while it runs, and in words if it says nothing else', async () => {
  const isHalf = gate()
  const goesOn = gate()
  const { runner, start } = world.runnerWith(async ({ step }) => {
    await step('start', async (report) => {
      await report({ percent: 50 })
      isHalf.open()
      await goesOn.passed
      return { value: null }
    })
    return null
  })
  const task = await start('a')
  await isHalf.passed
  expect((await world.stateOf(task.id))?.steps[0]?.percent).toBe(50)
  expect((await world.stateOf(task.id))?.steps[0]?.message).toBe('50%')
  goesOn.open()
  await runner.settled(task.id)
  const ended = (await world.stateOf(task.id))?.steps[0]
  expect(ended).toMatchObject({ state: 'succeeded', message: null })
  expect(ended).not.toHaveProperty('percent')
})
