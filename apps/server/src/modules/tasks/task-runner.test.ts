import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Task } from '@vitrine/contract'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { systemClock } from '../../lib/clock.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { TaskChanged } from './task-progress.ts'
import { createBus } from '../../lib/bus.ts'
import { taskIn } from './task-progress.ts'
import type { TaskKind } from './task-kind.ts'
import { createTaskRunner } from './task-runner.ts'
import type { TasksRepository } from './tasks.repository.ts'
import { createdBy, input, noDisk, openTasksWorld } from './tasks.test-world.ts'

let world: Awaited<ReturnType<typeof openTasksWorld>>
let repository: TasksRepository
beforeEach(async () => {
  world = await openTasksWorld()
  repository = world.repository
})
afterEach(() => world.close())

const runnerWith: typeof world.runnerWith = (...how) => world.runnerWith(...how)
const stateOf = (id: string) => world.stateOf(id)
const recordOf = async (id: string) => (await repository.get(id))?.task
const never = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
  })

test('a task goes through its steps, each with state, times and message, and every change is published', async () => {
  const { runner, bus, start } = runnerWith(async ({ step }) => {
    await step('start', async () => ({ message: '取出代码', value: null }))
    await step('route', async () => ({ skipped: true, value: null }))
    return null
  })
  const seen: Task['state'][] = []
  bus.subscribe((event) => seen.push(event.task.state))
  const task = await start('a')
  await runner.settled(task.id)
  const ended = await stateOf(task.id)
  expect(ended?.state).toBe('succeeded')
  expect(ended?.steps).toMatchObject([
    { name: 'start', state: 'succeeded', message: '取出代码' },
    { name: 'route', state: 'skipped' },
  ])
  expect(seen[0]).toBe('queued')
  expect(seen.at(-1)).toBe('succeeded')
})

test('a failing step fails the task with its error, after its effects are undone', async () => {
  const undone: number[] = []
  const { runner, start } = runnerWith(
    ({ step }) => step('start', () => Promise.reject(noDisk)),
    async ({ input: { n } }) => void undone.push(n),
  )
  const task = await start('a', 5)
  await runner.settled(task.id)
  expect(undone).toEqual([5])
  expect(await stateOf(task.id)).toMatchObject({
    state: 'failed',
    error: { code: 'asset.storage_full' },
    steps: [{ state: 'failed', message: '磁盘满了' }, { state: 'skipped' }],
  })
})

test('the sentences of a task are stored in every language, and read in the requested one', async () => {
  const { runner, start } = runnerWith(async ({ step }) => {
    await step('start', async () => ({ message: { zh: '取出代码', en: 'code fetched' }, value: null }))
    return step('route', () => Promise.reject(noDisk))
  })
  const task = await start('a')
  await runner.settled(task.id)
  const record = await recordOf(task.id)
  if (!record) throw new Error('the task is gone')
  expect(taskIn(record, { language: 'en', mayReadLogs: true, mayReadPorts: true })).toMatchObject({
    steps: [{ message: 'code fetched' }, { message: 'disk full' }],
    error: { message: 'disk full' },
  })
  expect(taskIn(record, { language: 'zh', mayReadLogs: true, mayReadPorts: true }).steps[0]?.message).toBe(
    '取出代码',
  )
})

test('a running task can be cancelled, but not one that has ended', async () => {
  const { runner, start } = runnerWith(({ step, signal }) => step('start', () => never(signal)))
  const task = await start('a')
  await runner.cancel(task.id)
  await runner.settled(task.id)
  expect(await stateOf(task.id)).toMatchObject({ state: 'cancelled', error: { code: 'task.cancelled' } })
  await expect(runner.cancel(task.id)).rejects.toMatchObject({ code: 'task.ended' })
})

test('tasks that a stopping control plane leaves are started again by the next one', async () => {
  const first = runnerWith(({ step, signal }) => step('start', () => never(signal)))
  const task = await first.start('a', 3)
  await first.runner.close()
  expect((await stateOf(task.id))?.state).not.toBe('cancelled')
  const second = runnerWith(async ({ input: { n }, step }) => {
    await step('start', async () => ({ message: `n=${n}`, value: null }))
    return null
  })
  expect(await second.runner.resume()).toBe(1)
  await second.runner.settled(task.id)
  expect(await stateOf(task.id)).toMatchObject({ state: 'succeeded', steps: [{ message: 'n=3' }, {}] })
})

test('a task that a request starts while its control plane stops is left to the next one', async () => {
  const worked: string[] = []
  const first = runnerWith(async () => (worked.push('first'), null))
  await first.runner.close()
  const task = await first.start('a')
  await first.runner.settled(task.id)
  const second = runnerWith(async () => (worked.push('second'), null))
  await second.runner.resume()
  await second.runner.settled(task.id)
  expect([worked, (await stateOf(task.id))?.state]).toEqual([['second'], 'succeeded'])
})

test('tasks of one service run one after the other, and at the same time as those of others', async () => {
  const active = new Set<string>()
  let together = 0
  let release = () => {}
  const gate = new Promise<void>((resolve) => (release = resolve))
  const { runner, start } = runnerWith(async ({ task }) => {
    const service = task.service_id ?? ''
    expect(active.has(service)).toBe(false)
    active.add(service)
    together = Math.max(together, active.size)
    if (active.size === 2) release()
    await gate
    active.delete(service)
    return null
  })
  const all = await Promise.all([start('a'), start('a'), start('b')])
  await Promise.all(all.map(({ id }) => runner.settled(id)))
  expect(together).toBe(2)
  for (const { id } of all) expect((await stateOf(id))?.state).toBe('succeeded')
})

test('a task that is cancelled while it is queued ends at once, and its effects can be undone', async () => {
  const undone: number[] = []
  const { runner, start } = runnerWith(
    ({ step, signal }) => step('start', () => never(signal)),
    async ({ input: { n } }) => void undone.push(n),
  )
  await start('a', 1)
  const waiting = await start('a', 2)
  await runner.cancel(waiting.id)
  await runner.settled(waiting.id)
  expect(await stateOf(waiting.id)).toMatchObject({ state: 'cancelled', error: { code: 'task.cancelled' } })
  expect(undone).toEqual([2])
})

test('the next task of a service waits for the running one, even if one between them was cancelled', async () => {
  const order: number[] = []
  let release = () => {}
  const gate = new Promise<void>((resolve) => (release = resolve))
  const { runner, start } = runnerWith(async ({ input: { n } }) => {
    if (n === 1) await gate
    order.push(n)
    return null
  })
  const [first, second, third] = [await start('a', 1), await start('a', 2), await start('a', 3)]
  await runner.cancel(second.id)
  await runner.settled(second.id)
  expect((await stateOf(third.id))?.state).toBe('queued')
  release()
  await Promise.all([first, third].map(({ id }) => runner.settled(id)))
  expect(order).toEqual([1, 3])
})

test('a person who starts one task does not wait for all that another person has queued', async () => {
  const order: number[] = []
  let release = () => {}
  const gate = new Promise<void>((resolve) => (release = resolve))
  const { runner, start } = runnerWith(
    async ({ input: { n } }) => {
      if (n === 0) await gate
      order.push(n)
      return null
    },
    undefined,
    { concurrency: 1 },
  )
  const all = []
  for (const [n, service] of ['a', 'b', 'c', 'd'].entries()) all.push(await start(service, n))
  const other = { id: '33333333-3333-4333-8333-333333333333', name: 'somebody else' }
  all.push(await start('e', 9, other))
  release()
  await Promise.all(all.map(({ id }) => runner.settled(id)))
  expect(order).toEqual([0, 9, 1, 2, 3])
})

test('kinds with a separate queue do not wait for the others', async () => {
  const kindOf = (kind: Task['kind'], more: Partial<TaskKind<typeof input>>): TaskKind<typeof input> => ({
    kind,
    input,
    run: async () => null,
    ...more,
  })
  const runner = createTaskRunner(
    {
      repository,
      bus: createBus<TaskChanged>(),
      clock: systemClock,
      logger: pino({ level: 'silent' }),
      concurrency: 1,
    },
    kindOf('service.deploy', { run: ({ step, signal }) => step('start', () => never(signal)) }),
    kindOf('service.stop', { atOnce: Number.POSITIVE_INFINITY }),
  )
  world.runners.push(runner)
  await runner.start({ kind: 'service.deploy', serviceId: 'a', input: { n: 1 }, createdBy })
  const task = await runner.start({ kind: 'service.stop', serviceId: 'b', input: { n: 1 }, createdBy })
  await runner.settled(task.id)
  expect((await stateOf(task.id))?.state).toBe('succeeded')
})

test('a task whose end could not be stored is started again, and does not block the next task of its service', async () => {
  let isAway = true
  const failing: TasksRepository = {
    ...repository,
    save: (task) => (isAway ? Promise.reject(new Error('the database is away')) : repository.save(task)),
  }
  const { runner, start } = runnerWith(async () => null, undefined, { repository: failing })
  const task = await start('a')
  await runner.settled(task.id)
  expect((await stateOf(task.id))?.state).toBe('queued')
  isAway = false
  expect(await runner.resume()).toBe(1)
  const next = await start('a')
  await runner.settled(next.id)
  expect((await stateOf(task.id))?.state).toBe('succeeded')
  expect((await stateOf(next.id))?.state).toBe('succeeded')
  expect(await runner.resume()).toBe(0)
})

test('a service counts as untouched only if no task of it was queued, ran or ended since', async () => {
  let release = () => {}
  const gate = new Promise<void>((resolve) => (release = resolve))
  const { runner, start } = runnerWith(async () => {
    await gate
    return null
  })
  const before = runner.now()
  expect(runner.isUntouched('a', before)).toBe(true)
  const task = await start('a')
  const during = runner.now()
  expect(runner.isUntouched('a', during)).toBe(false)
  expect(runner.isUntouched('b', before)).toBe(true)
  release()
  await runner.settled(task.id)
  expect(runner.isUntouched('a', during)).toBe(false)
  expect(runner.isUntouched('a', runner.now())).toBe(true)
})

test('the result of a task so far can be read while it runs, and is available when it starts again', async () => {
  const found: unknown[] = []
  const first = runnerWith(async ({ task, remember, signal }) => {
    found.push(task.result)
    await remember([{ service_id: 'a', error: { message: { zh: '磁盘满了', en: 'disk full' } } }])
    return never(signal)
  })
  const task = await first.start('a')
  const soFar = await waitFor(async () => (await stateOf(task.id))?.result, { timeoutMs: patienceMs })
  expect(soFar).toEqual([{ service_id: 'a', error: { message: '磁盘满了' } }])
  await first.runner.close()
  const second = runnerWith(async (context) => {
    found.push(context.task.result)
    return null
  })
  await second.runner.resume()
  await second.runner.settled(task.id)
  expect(found).toEqual([
    null,
    [{ service_id: 'a', error: { message: { zh: '磁盘满了', en: 'disk full' } } }],
  ])
})
