import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTasksWorld } from './tasks.test-world.ts'

let world: Awaited<ReturnType<typeof openTasksWorld>>
beforeEach(async () => {
  world = await openTasksWorld()
})
afterEach(() => world.close())

const runnerWith: typeof world.runnerWith = (...how) => world.runnerWith(...how)
const stateOf = (id: string) => world.stateOf(id)
const never = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
  })

test('held tasks wait until those that an earlier control plane left go on, and come after them', async () => {
  const order: number[] = []
  const first = runnerWith(({ signal }) => never(signal))
  await first.start('a', 1)
  await first.runner.close()
  const second = runnerWith(async ({ input: { n } }) => (order.push(n), null))
  second.runner.hold()
  const task = await second.start('a', 2)
  expect([order, (await stateOf(task.id))?.state]).toEqual([[], 'queued'])
  const settled = second.runner.settled(task.id)
  expect(await second.runner.resume()).toBe(2)
  await settled
  expect((await stateOf(task.id))?.state).toBe('succeeded')
  const next = await second.start('a', 3)
  await second.runner.settled(next.id)
  expect(order).toEqual([1, 2, 3])
})

test('a held task can be cancelled, and whoever waits for one is not left waiting at the end', async () => {
  const { runner, start } = runnerWith(({ signal }) => never(signal))
  runner.hold()
  const cancelled = await start('a', 1)
  const cancelling = runner.cancel(cancelled.id)
  await runner.resume()
  await cancelling
  await runner.settled(cancelled.id)
  expect((await stateOf(cancelled.id))?.state).toBe('cancelled')
  runner.hold()
  const left = await start('a', 2)
  const settled = runner.settled(left.id)
  await runner.close()
  await settled
  expect((await stateOf(left.id))?.state).toBe('queued')
})
