import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { noDisk, openTasksWorld } from './tasks.test-world.ts'

let world: Awaited<ReturnType<typeof openTasksWorld>>
/** What the runner of the test has done, in order. Tasks with a negative number are preemptible, and end only when they are cancelled. */
let order: string[]
beforeEach(async () => {
  world = await openTasksWorld()
  order = []
})
afterEach(() => world.close())

const runner = (concurrency?: number) =>
  world.runnerWith(
    ({ input: { n }, signal }) =>
      new Promise((resolve, reject) => {
        order.push(`runs ${n}`)
        if (n >= 0) return resolve(null)
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
    async ({ input: { n } }) => void order.push(`undoes ${n}`),
    { preemptible: ({ n }) => n < 0, ...(concurrency !== undefined && { concurrency }) },
  )
const never = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
/** A runner whose tasks with a number from 0 on take their turn only when the gate opens. */
const laterRunner = (gate: Promise<unknown>) =>
  world.runnerWith(
    async ({ input: { n }, signal, takeTurn }) => {
      order.push(`begins ${n}`)
      if (n < 0) await never(signal)
      await gate
      await takeTurn()
      order.push(`has its turn ${n}`)
      return null
    },
    async ({ input: { n } }) => void order.push(`undoes ${n}`),
    { preemptible: ({ n }) => n < 0, takesTurnLater: true },
  )
const stateOf = async (id: string) => {
  const task = await world.stateOf(id)
  return [task?.state, task?.error?.code ?? null]
}
const says = (what: string) => waitFor(() => order.includes(what), { timeoutMs: patienceMs })
const hasRun = (n: number) => says(`runs ${n}`)

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

test('a task that waits for a place among all tasks ends no preemptible one before it has that place', async () => {
  const { runner: tasks, start } = runner(2)
  const rule = await start('a', -1)
  await hasRun(-1)
  const other = await start('b', -2)
  await hasRun(-2)
  const person = await start('a', 3)
  await tasks.cancel(other.id)
  await tasks.settled(person.id)
  expect(order).toEqual(['runs -1', 'runs -2', 'undoes -2', 'undoes -1', 'runs 3'])
  expect(await stateOf(rule.id)).toEqual(['cancelled', 'task.preempted'])
})

test('a task that takes its turn later lets preemptible ones go on, and begin, until then', async () => {
  const gate = new EventTarget()
  const { runner: tasks, start } = laterRunner(once(gate, 'open'))
  const first = await start('a', -1)
  await says('begins -1')
  const person = await start('a', 2)
  await says('begins 2')
  expect(order).toEqual(['begins -1', 'begins 2'])
  await tasks.cancel(first.id)
  await tasks.settled(first.id)
  expect([tasks.isFree('a', tasks.now()), tasks.isUntouched('a', tasks.now())]).toEqual([true, false])
  const second = await start('a', -3)
  await says('begins -3')
  expect(tasks.isFree('a', tasks.now())).toBe(false)
  gate.dispatchEvent(new Event('open'))
  await tasks.settled(person.id)
  expect(order.slice(2)).toEqual(['undoes -1', 'begins -3', 'undoes -3', 'has its turn 2'])
  expect(await stateOf(second.id)).toEqual(['cancelled', 'task.preempted'])
  expect(tasks.isFree('a', tasks.now())).toBe(true)
})

test('a task that fails or is cancelled before it takes its turn ends no preemptible one', async () => {
  const gate = new EventTarget()
  const { runner: tasks, start } = laterRunner(once(gate, 'open').then(() => Promise.reject(noDisk)))
  const rule = await start('a', -1)
  await says('begins -1')
  const failing = await start('a', 2)
  await says('begins 2')
  const waiting = await start('a', 3)
  await tasks.cancel(waiting.id)
  await tasks.settled(waiting.id)
  gate.dispatchEvent(new Event('open'))
  await tasks.settled(failing.id)
  expect(order.toSorted()).toEqual(['begins -1', 'begins 2', 'undoes 2', 'undoes 3'])
  expect((await world.stateOf(rule.id))?.state).toBe('running')
})

test('a preemptible task that comes while another one has its turn is not begun any more', async () => {
  const { runner: tasks, start } = runner()
  const gate = new EventTarget()
  const turn = tasks.inTurn('a', async () => void (await once(gate, 'open')))
  const rule = await start('a', -1)
  await tasks.settled(rule.id)
  expect(await stateOf(rule.id)).toEqual(['cancelled', 'task.preempted'])
  gate.dispatchEvent(new Event('open'))
  await turn
  expect(order).toEqual(['undoes -1'])
})
