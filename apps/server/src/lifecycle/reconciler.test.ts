import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gate } from '../../../../tests/support/gate.ts'
import { patienceMs } from '../../../../tests/support/patience.ts'
import { createBus } from '../lib/bus.ts'
import { systemClock } from '../lib/clock.ts'
import { waitFor } from '../lib/wait-for.ts'
import { takesRequests } from '../modules/instances/instance-facts.ts'
import { addInstance } from '../modules/instances/instances.usecases.ts'
import { knownInstance } from '../modules/instances/known-instance.ts'
import { startInstance } from '../modules/instances/start-instance.ts'
import {
  createInstancesRepository,
  type InstancesRepository,
} from '../modules/instances/instances.repository.ts'
import { adjustTask } from '../modules/operations/adjust.task.ts'
import type { Scaled } from '../modules/operations/scaling-words.ts'
import { openRunsWorld } from '../modules/runs/runs.test-world.ts'
import type { TaskChanged } from '../modules/tasks/task-progress.ts'
import { createTaskRunner, type TaskRunner } from '../modules/tasks/task-runner.ts'
import { createTasksRepository } from '../modules/tasks/tasks.repository.ts'
import { Reconciler } from './reconciler.ts'

const id = 'a'
const old = 'a-r1-1'
const logger = pino({ level: 'silent' })

let world: Awaited<ReturnType<typeof openRunsWorld>>
let instanceRows: InstancesRepository
let tasks: TaskRunner
let reconciler: Reconciler
/** How many requests the old instance is answering. */
let requests: number
/** Whether the old instance took requests at each update of the gateway. */
let oldServed: boolean[]

beforeEach(async () => {
  world = await openRunsWorld()
  requests = 0
  oldServed = []
  await world.addService(id)
  const { services, releases } = world.running
  instanceRows = createInstancesRepository(world)
  const place = [{ replica: 1, mode: 'local' as const, limits: {}, network: 'all' as const, onTrial: false }]
  await instanceRows.insert({ serviceId: id, number: 2 }, place)
  // A deploy has switched to release 2, and failed before it ended the instance of release 1.
  const [row] = await instanceRows.insert({ serviceId: id, number: 1 }, place)
  const release = await releases.get(id, 1)
  if (!row || !release) throw new Error('no old instance')
  await addInstance(world.instances, knownInstance(row, release))
  await startInstance(world.instances, knownInstance(row, release), {
    signal: AbortSignal.timeout(patienceMs),
  })
  const serves = () => world.monitor.ofService(id).some((one) => one.id === old && takesRequests(one))
  expect(await waitFor(serves, { timeoutMs: patienceMs })).toBe(true)
  const gateway = { sync: async () => void oldServed.push(serves()) }
  const instances = {
    ...world.instances,
    inFlight: async (all: readonly { id: string }[]) => (all.some((one) => one.id === old) ? requests : 0),
  }
  tasks = createTaskRunner(
    {
      repository: createTasksRepository(world),
      bus: createBus<TaskChanged>(),
      clock: systemClock,
      concurrency: 2,
      logger,
    },
    adjustTask({
      instances,
      gateway,
      ports: world.ports,
      services,
      releases,
      instanceRows,
      scalings: createBus<Scaled>(),
    }),
  )
  const { temporary } = world
  const given = { services, releases, instanceRows, tasks, instances, gateway, temporary, logger }
  reconciler = new Reconciler({ ...given, onRestarted: () => {}, onRound: () => {} })
})
afterEach(async () => {
  await tasks.close()
  await world.close()
})

const processes = async () => [...(await world.runner.reports()).keys()].sort()
const hasNoOld = async () => !(await processes()).includes(old)

test('an instance that a failed deploy left finishes its requests and has left the gateway before it is ended', async () => {
  requests = 1
  await reconciler.reconcile()
  expect(await waitFor(() => oldServed.length > 0, { timeoutMs: patienceMs })).toBe(true)
  expect(await processes()).toEqual([old, 'a-r2-1'])
  requests = 0
  const isGone = async () => (await instanceRows.list(id)).length === 1
  expect(await waitFor(isGone, { timeoutMs: patienceMs })).toBe(true)
  expect(await processes()).toEqual(['a-r2-1'])
  expect(oldServed.at(-1)).toBe(false)
})

test('a process without a row is ended at once, because the gateway never knew it', async () => {
  await instanceRows.delete(old)
  await reconciler.reconcile()
  expect(await waitFor(hasNoOld, { timeoutMs: patienceMs })).toBe(true)
})

test('a process that does not end keeps no other instance from its start, and is not ended twice at once', async () => {
  await instanceRows.delete(old)
  const remove = world.runner.remove.bind(world.runner)
  let removals = 0
  const end = gate()
  world.runner.remove = async (one) => {
    removals += 1
    await end.passed
    await remove(one)
  }
  await world.runner.stop('a-r2-1')
  await reconciler.reconcile()
  expect(['STARTING', 'RUNNING']).toContain((await world.runner.reports()).get('a-r2-1')?.state)
  await reconciler.reconcile()
  expect([removals, await processes()]).toEqual([1, [old, 'a-r2-1']])
  end.open()
  await reconciler.close()
  expect(await processes()).toEqual(['a-r2-1'])
})

test('an instance serves whose trial has ended, although the task that ended it failed before it could say so', async () => {
  // Nothing is to adjust, which would do it too.
  await instanceRows.delete(old)
  const { services, releases } = world.running
  await services.update(id, { replicas: 2 })
  const place = { replica: 2, mode: 'local' as const, limits: {}, network: 'all' as const, onTrial: true }
  const [row] = await instanceRows.insert({ serviceId: id, number: 2 }, [place])
  const release = await releases.get(id, 2)
  if (!row || !release) throw new Error('no instance on trial')
  const tried = knownInstance(row, release)
  await addInstance(world.instances, tried)
  await startInstance(world.instances, tried, { signal: AbortSignal.timeout(patienceMs) })
  const serves = () => world.monitor.ofService(id).some((one) => one.id === row.id && takesRequests(one))
  await instanceRows.endTrial(id, 2)
  expect(serves()).toBe(false)
  await reconciler.reconcile()
  expect(await waitFor(serves, { timeoutMs: patienceMs })).toBe(true)
})
