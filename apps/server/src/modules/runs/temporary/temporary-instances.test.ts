import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { pino } from 'pino'
import { systemClock } from '../../../lib/clock.ts'
import { testActor } from '../../../../../../tests/support/test-app.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { Reconciler } from '../../../lifecycle/reconciler.ts'
import type { TaskChanged } from '../../tasks/task-progress.ts'
import { createBus } from '../../../lib/bus.ts'
import { deploymentTransactions } from '../../deployments/deployments.assembly.ts'
import { switchRelease } from '../../deployments/switch-release.ts'
import { createInstancesRepository } from '../../instances/instances.repository.ts'
import { createServicesRepository } from '../../services/services.repository.ts'
import { createTaskRunner } from '../../tasks/task-runner.ts'
import { createTasksRepository } from '../../tasks/tasks.repository.ts'
import { beginRun } from '../admission/begin-run.ts'
import { openRunsWorld } from '../runs.test-world.ts'

let world: Awaited<ReturnType<typeof openRunsWorld>>
beforeEach(async () => {
  world = await openRunsWorld({ atMost: 2, idleMs: 300 })
  for (const id of ['a', 'b', 'c']) await world.addService(id, { starts: false })
})
afterEach(() => world.close())

const never = () => new AbortController().signal
const releaseOf = async (service: string, release = 1, of = world) => {
  const row = await of.running.releases.get(service, release)
  if (!row) throw new Error(`no release ${release}`)
  return row
}
const lease = async (service: string, release = 1) =>
  world.temporary.lease(await releaseOf(service, release), { person: 'ann', signal: never() })
const known = async () => [...(await world.runner.reports()).keys()].sort()
const inLedger = async () => (await world.ports.ports.all()).filter((row) => row.serviceId !== null).length
const until = (ask: () => Promise<boolean>) => waitFor(ask, { timeoutMs: patienceMs })

test('simultaneous runs of one release share an instance, which ends when it has been idle for a while', async () => {
  const [first, second] = await Promise.all([lease('a'), lease('a')])
  expect([first.instanceId, first.endpoint]).toEqual([second.instanceId, second.endpoint])
  expect(await known()).toEqual(['a-r1-c1'])
  first.giveBack()
  second.giveBack()
  expect(await until(async () => (await known()).length === 0 && (await inLedger()) === 0)).toBe(true)
})

test('a temporary instance has the limits of its service, and not those that an older release states', async () => {
  await createServicesRepository(world).update('a', { limits: { open_files: 200 } })
  const add = vi.spyOn(world.runner, 'add')
  onTestFinished(() => add.mockRestore())
  const { giveBack } = await lease('a')
  expect(add.mock.calls.flat(2)).toMatchObject([{ id: 'a-r1-c1', limits: { open_files: 200 } }])
  giveBack()
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

/** A world with one place. An instance has it for `turnMs` milliseconds while others wait. */
async function smallWorld(turnMs: number) {
  const small = await openRunsWorld({ atMost: 1, idleMs: 60_000, turnMs })
  onTestFinished(() => small.close())
  const services = ['one', 'two', 'three', 'four'] as const
  for (const id of services) await small.addService(id, { starts: false })
  const releases = await Promise.all(services.map((id) => releaseOf(id, 1, small)))
  const leaseAt = (at: number, person: string) => {
    const release = releases[at]
    if (!release) throw new Error(`no service ${at}`)
    return small.temporary.lease(release, { person, signal: never() })
  }
  return { small, leaseAt, ids: () => [...small.temporary.ids()] }
}

test('an instance whose run does not end loses its place to somebody who waits, once its time is over', async () => {
  const { leaseAt, ids } = await smallWorld(0)
  const held = await leaseAt(0, 'ann')
  expect(held.lost?.()).toBeNull()
  const next = await leaseAt(1, 'bob')
  expect(ids()).toEqual(['two-r1-c1'])
  expect(held.lost?.()).toMatchObject({
    code: 'run.place_reclaimed',
    details: { service_id: 'one', release: 1, minutes: 0 },
  })
  next.giveBack()
})

test('a person who asks for one release gets the next place, however many another person has asked for', async () => {
  const { leaseAt, ids } = await smallWorld(60_000)
  const held = await leaseAt(0, 'ann')
  const more = [leaseAt(1, 'ann'), leaseAt(2, 'ann')]
  const other = leaseAt(3, 'bob')
  held.giveBack()
  const got = await other
  expect(ids()).toEqual(['four-r1-c1'])
  got.giveBack()
  const [second, third] = more
  const again = await second
  expect(ids()).toEqual(['two-r1-c1'])
  again?.giveBack()
  const last = await third
  last?.giveBack()
})

test('a start that takes too long while others wait ends with an error of its own', async () => {
  const { small, leaseAt } = await smallWorld(0)
  await small.silenceRelease('one', 1)
  const held = leaseAt(0, 'ann')
  const next = leaseAt(1, 'bob')
  await expect(held).rejects.toMatchObject({ code: 'run.place_reclaimed' })
  const { giveBack } = await next
  giveBack()
})

test('a run that lost its place to others says so, and does not say that its service broke', async () => {
  const { small, leaseAt } = await smallWorld(0)
  const service = await small.running.services.get('one')
  if (!service) throw new Error('no service')
  const plan = { service, release: await releaseOf('one', 1, small) }
  const inputs = { inputData: ['demo'], parameters: { hold: true, grow: 1 } }
  const { id } = await beginRun(small.running, plan, { actor: testActor('user'), ...inputs })
  // The run has sent an event, so its instance works on it.
  await new Promise<void>((resolve) => {
    small.running.executor.follow(id, ({ event }) => void (event !== 'status' && resolve()))
  })
  const next = await leaseAt(1, 'bob')
  expect(await small.ended(id)).toMatchObject({ status: 'failed', error: { code: 'run.place_reclaimed' } })
  next.giveBack()
})

test('a run that waits for a free instance can be cancelled at once', async () => {
  const used = [await lease('a'), await lease('b')]
  const cancel = new AbortController()
  const who = { person: 'ann', signal: cancel.signal }
  const waiting = world.temporary.lease(await releaseOf('c'), who)
  cancel.abort('cancelled')
  await expect(waiting).rejects.toBe('cancelled')
  for (const { giveBack } of used) giveBack()
})

test('a temporary instance is neither shown nor used by its service, even when its release serves again', async () => {
  const { giveBack } = await lease('a')
  await switchRelease({ inTransaction: deploymentTransactions(world.db) }, 'a', 1)
  expect(world.monitor.ofService('a')).toEqual([])
  expect(world.monitor.get('a-r1-c1')?.health).toBe('READY')
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
      onRound: () => {},
      temporary: { ids: () => ids },
      logger: pino({ level: 'silent' }),
    })
  const { giveBack } = await lease('a')
  for (const id of ['a', 'b', 'c']) await world.running.services.update(id, { desired: 'stopped' })
  await make(world.temporary.ids()).reconcile()
  expect(await known()).toContain('a-r1-c1')
  const later = make(new Set())
  await later.reconcile()
  await later.close()
  expect(await known()).not.toContain('a-r1-c1')
  await world.ports.ports.releaseUnclaimed({ instanceIds: [] })
  expect(await inLedger()).toBe(0)
  giveBack()
})

test('a release whose files are lost is refused, and nothing of the attempt is left', async () => {
  await expect(lease('a', 9)).rejects.toMatchObject({ code: 'run.release_not_kept' })
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
