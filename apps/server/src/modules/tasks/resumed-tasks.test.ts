import { afterEach, beforeEach, expect, test } from 'vitest'
import { createdBy, openTasksWorld } from './tasks.test-world.ts'
import type { TasksRepository } from './tasks.repository.ts'

let world: Awaited<ReturnType<typeof openTasksWorld>>
beforeEach(async () => {
  world = await openTasksWorld()
})
afterEach(() => world.close())

test('a task that a request has just stored is not run again if it ends while the platform looks for unfinished ones', async () => {
  const { repository } = world
  const stored = await repository.insert({
    kind: 'service.start',
    serviceId: 'a',
    input: { n: 1 },
    steps: [],
    createdBy,
  })
  let answers = 0
  // The task begins and ends before the second answer arrives, which still has it.
  const late: TasksRepository = {
    ...repository,
    unfinished: async () => {
      const answer = await repository.unfinished()
      answers += 1
      if (answers === 2) {
        runner.begin(stored)
        await runner.settled(stored.task.id)
      }
      return answer
    },
  }
  let runs = 0
  const run = async () => {
    runs += 1
    return null
  }
  const { runner } = world.runnerWith(run, undefined, { repository: late })
  expect(await runner.resume()).toBe(0)
  await runner.settled(stored.task.id)
  expect([answers, runs, (await world.stateOf(stored.task.id))?.state]).toEqual([2, 1, 'succeeded'])
})
