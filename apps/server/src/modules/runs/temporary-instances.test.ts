import { afterEach, beforeEach, expect, test } from 'vitest'
import { pino } from 'pino'
import { systemClock } from '../../lib/clock.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { Reconciler } from '../../lifecycle/reconciler.ts'
import type { TaskChanged } from '../tasks/task-progress.ts'
import { createBus } from '../../lib/bus.ts'
import { deploymentTransactions } from '../deployments/deployments.assembly.ts'
import { switchRelease } from '../deployments/switch-release.ts'
import { createInstancesRepository } from '../instances/instances.repository.ts'
import { createTaskRunner } from '../tasks/task-runner.ts'
import { createTasksRepository } from '../tasks/tasks.repository.ts'
import { openRunsWorld } from './runs.test-world.ts'

let world: Awaited<ReturnType<typeof openRunsWorld>>
beforeEach(async () => {
  world = await openRunsWorld({ atMost: 2, idleMs: 300 })
  for (const id of ['a', 'b', 'c']) await world.addService(id, { starts: false })
})
afterEach(() => world.close())

const never = () => new AbortController().signal
const lease = async (service: string, signal = never(), release = 1) => {
  const row = await world.running.releases.get(service, release)
  if (!row) throw new Error(`no release ${release}`)
  return world.temporary.lease(row, signal)
}
const known = async () => [...(await world.runner.reports()).keys()].sort()
const inLedger = async () => (await world.ports.ports.all()).filter((row) => row.serviceId !== null).length
const until = (ask: () => Promise<boolean>) => waitFor(ask, { timeoutMs: 20_000 })

test('simultaneous runs of one release share an instance, which ends when it has been idle for a while', async () => {
  const [first, second] = await Promise.all([lease('a'), lease('a')])
  expect([first.instanceId, first.endpoint]).toEqual([second.instanceId, second.endpoint])
  expect(await known()).toEqual(['a-r1-c1'])
  first.giveBack()
  second.giveBack()
  expect(await until(async () => (await known()).length === 0 && (await inLedger()) === 0)).toBe(true)
})

test('the number of temporary instances is limited, and a later run waits until one is unused', async () => {
  const [a, b] = [await lease('a'), await lease('b')]
  const waiting = lease('c')
  a.giveBack()
  const c = await waiting
  expect(await known()).toEqual(['b-r1-c1', 'c-r1-c1'])
  b.giveBack()
  c.giveBack()
})

test('an instance whose run does not end gives its place to who waits once it has had its time', async () => {
  const small = await openRunsWorld({ atMost: 1, idleMs: 60_000, turnMs: 0 })
  try {
    for (const id of ['held', 'next']) await small.addService(id, { starts: false })
    const leaseOf = async (service: string) => {
      const row = await small.running.releases.get(service, 1)
      if (!row) throw new Error('no release 1')
      return small.temporary.lease(row, never())
    }
    await leaseOf('held')
    const next = await leaseOf('next')
    expect([...small.temporary.ids()]).toEqual(['next-r1-c1'])
    next.giveBack()
  } finally {
    await small.close()
  }
})

test('a run that waits for a free instance can be cancelled at once', async () => {
  const used = [await lease('a'), await lease('b')]
  const cancel = new AbortController()
  const row = await world.running.releases.get('c', 1)
  if (!row) throw new Error('no release 1')
  const waiting = world.temporary.lease(row, cancel.signal)
  cancel.abort('cancelled')
  await expect(waiting).rejects.toMatchObject({ cause: 'cancelled' })
  for (const { giveBack } of used) giveBack()
})

test('a temporary instance is neither shown nor used by its service, even when its release serves again', async () => {
  const { giveBack } = await lease('a')
  await switchRelease({ inTransaction: deploymentTransactions(world.db) }, 'a', 1)
  expect(world.board.ofService('a')).toEqual([])
  expect(world.board.get('a-r1-c1')?.health).toBe('READY')
  giveBack()
})

test('the reconciler ignores known temporary instances, and removes those of an earlier control plane', async () => {
  const tasks = createTaskRunner({
    repository: createTasksRepository(world),
    bus: createBus<TaskChanged>(),
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    concurrency: 1,
  })
  const make = (ids: ReadonlySet<string>) =>
    new Reconciler({
      services: world.running.services,
      releases: world.running.releases,
      instanceRows: createInstancesRepository(world),
      tasks,
      instances: world.instances,
      gateway: { sync: async () => {} },
      onRestarted: () => {},
      temporary: { ids: () => ids },
      logger: pino({ level: 'silent' }),
    })
  const { giveBack } = await lease('a')
  for (const id of ['a', 'b', 'c']) await world.running.services.update(id, { desired: 'stopped' })
  await make(world.temporary.ids()).reconcile()
  expect(await known()).toContain('a-r1-c1')
  await make(new Set()).reconcile()
  expect(await known()).not.toContain('a-r1-c1')
  await world.ports.ports.releaseUnclaimed({ instanceIds: [] })
  expect(await inLedger()).toBe(0)
  giveBack()
})

test('a release whose files are lost is refused, and nothing is left', async () => {
  await expect(lease('a', never(), 9)).rejects.toMatchObject({ code: 'run.release_not_kept' })
  expect(await until(async () => (await inLedger()) === 0 && world.temporary.ids().size === 0)).toBe(true)
})

test('a release that does not start gives the reason, and can be tried again', async () => {
  await world.breakRelease('a', 1)
  for (const _try of [1, 2]) {
    await expect(lease('a')).rejects.toMatchObject({ code: 'service.start_failed' })
    expect(await until(async () => world.temporary.ids().size === 0)).toBe(true)
  }
  expect([await known(), await inLedger()]).toEqual([[], 0])
})

test('temporary instances of a deleted service end at once', async () => {
  await lease('a')
  await world.temporary.endOf('a')
  expect([await known(), await inLedger()]).toEqual([[], 0])
})
