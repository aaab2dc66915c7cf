import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ScalingRule, ServiceChange } from '@vitrine/contract'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { platformActor } from '../../lib/actor.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import { changeService } from './change-service.ts'
import { openOperationsWorld } from './operations.test-world.ts'

const id = 'a'
const actor = testActor('admin')
const rule: ScalingRule = { min: 1, max: 4, concurrency: 4, cool_down_seconds: 60 }
const limits = { memory_mb: 512 }
let opened: Awaited<ReturnType<typeof openOperationsWorld>>

const ended = async (task: TaskRecord | null) => {
  await opened.deps.runner.settled(task?.id ?? '')
  return (await opened.deps.tasks.get(task?.id ?? ''))?.task
}
const change = async (part: ServiceChange) =>
  (await changeService(opened.deps, { actor, language: 'en', id, change: part })).task
/** The task that a rule begins. */
const scale = (from: number, to: number) =>
  opened.deps.runner.start({
    kind: 'service.adjust',
    serviceId: id,
    input: { service_id: id, replicas: to, scaled: { from, because: { zh: '', en: 'by the load' } } },
    createdBy: platformActor,
  })
const service = () => opened.deps.services.get(id)

/** Two instances serve with new limits. The two of before are left beside them, because the gateway could not be told of the change. */
beforeEach(async () => {
  opened = await openOperationsWorld(id)
  await ended(await change({ replicas: 2 }))
  opened.seen.isGatewayDown = true
  // Its task is stored and fails as well.
  await expect(change({ limits })).rejects.toThrow('the gateway does not answer')
  const page = { limit: 1, offset: 0 }
  const [limited] = (await opened.deps.tasks.list({ createdById: null, within: null }, page)).items
  expect(await ended(limited ?? null)).toMatchObject({ state: 'failed' })
  opened.seen.isGatewayDown = false
  expect((await opened.instanceRows.list(id)).map((row) => [row.replica, row.limits])).toEqual([
    [1, {}],
    [1, limits],
    [2, {}],
    [2, limits],
  ])
})
afterEach(async () => {
  await opened.deps.runner.close()
  await opened.world.close()
})

test('a rule that gives way while instances drain counts only those with the present settings', async () => {
  await change({ scaling: rule })
  const events = new EventTarget()
  const draining = once(events, 'draining')
  opened.world.instances.inFlight = async () => {
    events.dispatchEvent(new Event('draining'))
    return 1
  }
  const scaling = await scale(2, 1)
  await draining
  await opened.deps.runner.inTurn(id, async () => {}, { preempts: true })
  expect(await ended(scaling)).toMatchObject({ error: { code: 'task.preempted' } })
  expect(await service()).toMatchObject({ replicas: 2, limits })
})

test('a rule whose new instances do not start goes back to the number before, and to no former settings', async () => {
  await change({ scaling: rule })
  await opened.world.breakRelease(id, 2)
  expect(await ended(await scale(2, 3))).toMatchObject({ state: 'failed' })
  expect(await service()).toMatchObject({ replicas: 2, limits })
})

test('a change by a person that fails goes back to the present settings, not to former ones', async () => {
  await opened.world.breakRelease(id, 2)
  expect(await ended(await change({ replicas: 3 }))).toMatchObject({ state: 'failed' })
  expect(await service()).toMatchObject({ replicas: 2, limits })
})

test('a change that somebody stores while a rule has its turn is not taken back with it', async () => {
  await change({ scaling: rule })
  const add = opened.world.runner.add.bind(opened.world.runner)
  opened.world.runner.add = async (specs) => {
    await add(specs)
    // As a request does that has stored its wish and not yet begun its task.
    await opened.deps.services.update(id, { limits: { memory_mb: 640 } })
  }
  await opened.world.breakRelease(id, 2)
  expect(await ended(await scale(2, 3))).toMatchObject({ state: 'failed' })
  expect(await service()).toMatchObject({ replicas: 2, limits: { memory_mb: 640 } })
})

test('a number of a rule that has other bounds by now is kept within them', async () => {
  await change({ scaling: { ...rule, max: 2 } })
  expect(await ended(await scale(2, 4))).toMatchObject({ state: 'succeeded' })
  expect(await service()).toMatchObject({ replicas: 2 })
  await change({ scaling: { ...rule, min: 3 } })
  expect(await ended(await scale(2, 1))).toMatchObject({ state: 'succeeded' })
  expect(await service()).toMatchObject({ replicas: 3 })
})
