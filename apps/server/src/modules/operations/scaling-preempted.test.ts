import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ScalingRule, ServiceChange } from '@vitrine/contract'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { platformActor } from '../../lib/actor.ts'
import { takesRequests } from '../instances/instance-facts.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import { beginBatch } from './batch.usecases.ts'
import { changeService } from './change-service.ts'
import { openOperationsWorld, processesOf } from './operations.test-world.ts'
import { operateService } from './operations.usecases.ts'
import { scaledWords } from './scaling-words.ts'

const id = 'a'
const actor = testActor('admin')
const rule: ScalingRule = { min: 1, max: 4, concurrency: 4, cool_down_seconds: 60 }
type Opened = Awaited<ReturnType<typeof openOperationsWorld>>
let world: Opened['world']
let deps: Opened['deps']
let instanceRows: Opened['instanceRows']
/** What the history was told of the rule. */
let told: string[]

beforeEach(async () => {
  const opened = await openOperationsWorld(id)
  ;({ world, deps, instanceRows } = opened)
  told = []
  opened.scalings.subscribe((scaled) => told.push(scaledWords(scaled).en))
  await change({ scaling: rule })
})
afterEach(async () => {
  await deps.runner.close()
  await world.close()
})

const change = async (part: ServiceChange) =>
  (await changeService(deps, { actor, language: 'en', id, change: part })).task
/** The task that a rule begins. */
const scale = (from: number, to: number) =>
  deps.runner.start({
    kind: 'service.adjust',
    serviceId: id,
    input: { service_id: id, replicas: to, scaled: { from, because: { zh: '', en: 'by the load' } } },
    createdBy: platformActor,
  })
const ended = async (task: TaskRecord | null) => {
  await deps.runner.settled(task?.id ?? '')
  return (await deps.tasks.get(task?.id ?? ''))?.task
}
const preempted = { state: 'cancelled', error: { code: 'task.preempted' } }
const replicas = async () => (await deps.services.get(id))?.replicas
const pids = () => Object.fromEntries(world.monitor.ofService(id).map((one) => [one.id, one.report?.pid]))
const serving = () => world.monitor.ofService(id).filter(takesRequests).length
/** From now on, instances beside the first one never become ready. Resolves when one of them is looked at. */
const keepStarting = () => {
  const looks = new EventTarget()
  const probe = world.monitor.probeNow.bind(world.monitor)
  world.monitor.probeNow = async (one) => {
    const live = await probe(one)
    if (!live || one === 'a-r2-1') return live
    looks.dispatchEvent(new Event('look'))
    return { ...live, health: 'STARTING' }
  }
  return once(looks, 'look')
}
/** A rule wants three instances, and its task waits for two that never become ready. */
const halfWayUp = async () => {
  const look = keepStarting()
  const task = await scale(1, 3)
  await look
  expect(await processesOf(world)).toEqual(['a-r2-1', 'a-r2-2', 'a-r2-3'])
  return task
}

test.each(['stop', 'restart'] as const)(
  'a %s by a person does not wait for instances that a rule has begun to start: they are removed',
  async (action) => {
    const scaling = await halfWayUp()
    const asked = await operateService(deps, { actor, id, action })
    expect(await ended(asked)).toMatchObject({ state: 'succeeded' })
    expect(await ended(scaling)).toMatchObject(preempted)
    expect([await processesOf(world), await replicas()]).toEqual([['a-r2-1'], 1])
    expect([serving(), told]).toEqual([action === 'stop' ? 0 : 1, []])
  },
)

test('a batch of a person does not wait for them either', async () => {
  const scaling = await halfWayUp()
  const batch = await beginBatch(deps, { actor, request: { action: 'restart', service_ids: [id] } })
  expect(await ended(batch)).toMatchObject({ state: 'succeeded', result: [{ service_id: id, ok: true }] })
  expect(await ended(scaling)).toMatchObject(preempted)
  expect([await processesOf(world), serving()]).toEqual([['a-r2-1'], 1])
})

test('a number that a person sets in place of the rule counts, and nothing of what the rule had begun is left', async () => {
  const scaling = await halfWayUp()
  const before = pids()['a-r2-1']
  const asked = await change({ scaling: null, replicas: 1 })
  expect(await ended(asked)).toMatchObject({ state: 'succeeded' })
  expect(await ended(scaling)).toMatchObject(preempted)
  expect([await processesOf(world), pids()['a-r2-1'], await replicas()]).toEqual([['a-r2-1'], before, 1])
})

test('a change by a rule that still waits for its turn is not made any more', async () => {
  const gate = new EventTarget()
  const turn = deps.runner.inTurn(id, async () => void (await once(gate, 'open')))
  const scaling = await scale(1, 3)
  const asked = await operateService(deps, { actor, id, action: 'restart' })
  gate.dispatchEvent(new Event('open'))
  await turn
  expect(await ended(asked)).toMatchObject({ state: 'succeeded' })
  expect(await ended(scaling)).toMatchObject({ ...preempted, started_at: null })
  expect([await processesOf(world), await replicas(), told]).toEqual([['a-r2-1'], 1, []])
})

test('instances that a rule takes away keep their requests: they serve again when the rule gives way', async () => {
  expect(await ended(await scale(1, 2))).toMatchObject({ state: 'succeeded' })
  const before = pids()
  const isDraining = new EventTarget()
  const draining = once(isDraining, 'yes')
  world.instances.inFlight = async () => {
    isDraining.dispatchEvent(new Event('yes'))
    return 1
  }
  const scaling = await scale(2, 1)
  await draining
  expect(serving()).toBe(1)
  let servedThen: number | null = null
  await deps.runner.inTurn(id, async () => (servedThen = serving()), { preempts: true })
  expect(await ended(scaling)).toMatchObject(preempted)
  expect([servedThen, pids(), await replicas()]).toEqual([2, before, 2])
  expect((await instanceRows.list(id)).map((row) => row.onTrial)).toEqual([false, false])
  expect(told).toEqual(['scaled from 1 to 2: by the load'])
})

test('a task of a person does not give way to another one', async () => {
  const look = keepStarting()
  await change({ scaling: null })
  const first = await change({ replicas: 2 })
  await look
  const second = await operateService(deps, { actor, id, action: 'restart' })
  expect((await deps.tasks.get(first?.id ?? ''))?.task).toMatchObject({ state: 'running', error: null })
  await deps.runner.cancel(first?.id ?? '')
  expect(await ended(second)).toMatchObject({ state: 'succeeded' })
})
