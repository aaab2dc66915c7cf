import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { platformActor } from '../../lib/actor.ts'
import { openServing } from './open-serving.test-setup.ts'

const id = 'busy'
let world: Awaited<ReturnType<typeof openServing>>
/** What has happened, in order. */
let order: string[]

beforeEach(async () => {
  world = await openServing(id)
  order = []
})
afterEach(() => world.close())

/** Begins a change by a rule that ends only when it gives way. Resolves when it runs. */
async function beginScaling(): Promise<string> {
  const events = new EventTarget()
  const begun = once(events, 'begun')
  world.taskRunner.add({
    kind: 'service.adjust',
    input: z.object({}),
    preemptible: () => true,
    run: async ({ signal }) => {
      events.dispatchEvent(new Event('begun'))
      await once(signal, 'abort')
      throw signal.reason
    },
    undo: async () => void order.push('the rule gives way'),
  })
  const task = await world.taskRunner.start({
    kind: 'service.adjust',
    serviceId: id,
    input: {},
    createdBy: platformActor,
  })
  await begun
  return task.id
}
const endOf = async (task: string) => (await world.tasks.get(task))?.task

test('a deploy is built beside a change of instances by a rule, which gives way before the new release starts', async () => {
  const { deploying, runner } = world
  const { codeHost } = deploying
  deploying.codeHost = {
    checkout: async (wanted) => {
      order.push('the release is built')
      return codeHost.checkout(wanted)
    },
  }
  const add = runner.add.bind(runner)
  runner.add = async (specs) => {
    order.push('the release starts')
    await add(specs)
  }
  const scaling = await beginScaling()
  const { id: deploy } = await world.deploy(id, {})
  await world.settled()
  expect(order).toEqual(['the release is built', 'the rule gives way', 'the release starts'])
  expect(await endOf(scaling)).toMatchObject({ state: 'cancelled', error: { code: 'task.preempted' } })
  expect(await endOf(deploy)).toMatchObject({ state: 'succeeded' })
})

test('a deploy that cannot be built ends no change of instances by a rule', async () => {
  world.deploying.codeHost = { checkout: () => Promise.reject(new Error('the code is away')) }
  const scaling = await beginScaling()
  const { id: deploy } = await world.deploy(id, {})
  await world.taskRunner.settled(deploy)
  expect(await endOf(deploy)).toMatchObject({ state: 'failed' })
  expect([order, (await endOf(scaling))?.state]).toEqual([[], 'running'])
})
