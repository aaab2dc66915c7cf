import { afterEach, beforeEach, expect, test } from 'vitest'
import { waitFor } from '../../lib/wait-for.ts'
import { openTasksWorld } from './tasks.test-world.ts'

let world: Awaited<ReturnType<typeof openTasksWorld>>
/** What the runner of the test has done, in order. Tasks with a negative number are preemptible, and end only when they are cancelled. */
let order: string[]
beforeEach(async () => {
  world = await openTasksWorld()
  order = []
})
afterEach(() => world.close())

const runner = () =>
  world.runnerWith(
    ({ input: { n }, signal }) =>
      new Promise((resolve, reject) => {
        order.push(`runs ${n}`)
        if (n >= 0) return resolve(null)
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
    async ({ input: { n } }) => void order.push(`undoes ${n}`),
    { preemptible: ({ n }) => n < 0 },
  )
const stateOf = async (id: string) => {
  const task = await world.stateOf(id)
  return [task?.state, task?.error?.code ?? null]
}
const hasRun = (n: number) => waitFor(() => order.includes(`runs ${n}`), { timeoutMs: 30_000 })

test('a preemptible task that runs gives way to the next task of its service, which begins when its effects are undone', async () => {
  const { runner: tasks, start } = runner()
  const rule = await start('a', -1)
  await hasRun(-1)
  const person = await start('a', 2)
  await tasks.settled(person.id)
  expect(order).toEqual(['runs -1', 'undoes -1', 'runs 2'])
  expect(await stateOf(rule.id)).toEqual(['cancelled', 'task.preempted'])
  expect(await stateOf(person.id)).toEqual(['succeeded', null])
})

test('a preemptible task that waits gives way too, and tasks of other services and other preemptible ones change nothing', async () => {
  const { runner: tasks, start } = runner()
  const [running, waiting, other] = [await start('a', -1), await start('a', -2), await start('b', -3)]
  await hasRun(-1)
  await hasRun(-3)
  await tasks.settled((await start('c', 4)).id)
  expect((await world.stateOf(running.id))?.state).toBe('running')
  const person = await start('a', 5)
  await tasks.settled(person.id)
  expect(order.filter((what) => what.startsWith('runs')).toSorted()).toEqual([
    'runs -1',
    'runs -3',
    'runs 4',
    'runs 5',
  ])
  for (const { id } of [running, waiting]) expect(await stateOf(id)).toEqual(['cancelled', 'task.preempted'])
  expect((await world.stateOf(other.id))?.state).toBe('running')
})

test('work without a task waits for a preemptible one, unless it says that this gives way', async () => {
  const { runner: tasks, start } = runner()
  const rule = await start('a', -1)
  await hasRun(-1)
  const repair = tasks.inTurn('a', async () => order.push('repair'))
  expect((await world.stateOf(rule.id))?.state).toBe('running')
  await tasks.inTurn('a', async () => order.push('batch'), { preempts: true })
  await repair
  expect(order).toEqual(['runs -1', 'undoes -1', 'repair', 'batch'])
})

test('a preemptible task that an earlier control plane left gives way to a task that waited behind it', async () => {
  const first = runner()
  const rule = await first.start('a', -1)
  await hasRun(-1)
  await first.runner.close()
  const person = await first.start('a', 2)
  order = []
  const second = runner()
  await second.runner.resume()
  await second.runner.settled(person.id)
  expect(order).toEqual(['undoes -1', 'runs 2'])
  expect(await stateOf(rule.id)).toEqual(['cancelled', 'task.preempted'])
})
