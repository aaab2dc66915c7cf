import { once } from 'node:events'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ScalingRule, ServiceChange } from '@vitrine/contract'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { takesRequests } from '../instances/instance-facts.ts'
import type { StoredService } from '../services/services.repository.ts'
import { changeService } from './change-service.ts'
import { openOperationsWorld } from './operations.test-world.ts'
import { operateService } from './operations.usecases.ts'
import { createScaler } from './scaling.ts'
import { scaledWords } from './scaling-words.ts'

const id = 'a'
const actor = testActor('admin')
const gibibyte = 1024 ** 3
const rule: ScalingRule = { min: 1, max: 4, concurrency: 4, cool_down_seconds: 60 }
type Opened = Awaited<ReturnType<typeof openOperationsWorld>>
let world: Opened['world']
let deps: Opened['deps']
let scalings: Opened['scalings']
let seen: Opened['seen']
let scaler: ReturnType<typeof createScaler>
/** The requests in progress of the service. */
let load: number
/** The runs that wait for its instances. */
let waiting: number
let memory: { free: number; ofInstance: number }
let now: number
let told: string[]
/** The services whose rows were changed outside of a task. */
let changed: string[]

/** What a control plane has that starts now. */
const newScaler = (services = deps.services) =>
  createScaler({
    services,
    monitor: {
      ofService: (service) =>
        world.monitor.ofService(service).map((one) => ({
          ...one,
          usage: { cpu: 0, memoryBytes: memory.ofInstance, openFiles: 0 },
        })),
    },
    instances: { inFlight: async () => load },
    waitingRuns: (of, release) => (of === id && release === 2 ? waiting : 0),
    onChanged: (service) => void changed.push(service),
    tasks: deps.runner,
    scalings,
    freeBytes: () => memory.free,
    clock: () => new Date(now),
    logger: pino({ level: 'silent' }),
  })

beforeEach(async () => {
  ;({ world, deps, scalings, seen } = await openOperationsWorld(id))
  ;[load, now, told, changed, memory] = [0, 0, [], [], { free: 64 * gibibyte, ofInstance: gibibyte }]
  waiting = 0
  scalings.subscribe((scaled) => told.push(scaledWords(scaled).en))
  scaler = newScaler()
  await change({ scaling: rule })
})
afterEach(async () => {
  await scaler.close()
  await deps.runner.close()
  await world.close()
})

const change = (part: ServiceChange) => changeService(deps, { actor, language: 'en', id, change: part })
const service = async (): Promise<StoredService> => {
  const row = await deps.services.get(id)
  if (!row) throw new Error('the service is gone')
  return row
}
const tasksLeft = async () => (await deps.tasks.unfinished()).map(({ task }) => task)
const settled = async () => {
  for (const { id: task } of await tasksLeft()) await deps.runner.settled(task)
}
const serving = () => world.monitor.ofService(id).filter(takesRequests).length
const settledStop = async () => {
  const task = await operateService(deps, { actor, id, action: 'stop' })
  await deps.runner.settled(task.id)
}
/** Lets so many seconds pass with these requests in progress, and the tasks that this begins end. */
const pass = async (seconds: number, requests: number) => {
  load = requests
  for (const until = now + seconds * 1000; now < until;) {
    now += 2_000
    await scaler.checkNow()
    await settled()
  }
}

test('a load asks for more instances at once, and for fewer after the cool-down; one always serves', async () => {
  await pass(6, 12)
  expect([(await service()).replicas, serving()]).toEqual([3, 3])
  await pass(60, 12)
  await pass(40, 2)
  expect((await service()).replicas).toBe(3)
  await pass(40, 2)
  expect([(await service()).replicas, serving()]).toEqual([1, 1])
  await pass(80, 2)
  expect(told).toEqual([
    'scaled from 1 to 3: 12 requests in progress, 4 an instance wanted',
    expect.stringMatching(
      /^scaled from 3 to 1: at most [\d.]+ requests in progress for 60 s, 4 an instance wanted$/,
    ),
  ])
  expect(Math.min(...seen.serving)).toBe(1)
})

test('runs that wait for an instance are load, although no instance has them yet', async () => {
  waiting = 8
  await pass(6, 4)
  expect([(await service()).replicas, serving()]).toEqual([3, 3])
})

test('a rule with other bounds takes effect without a load', async () => {
  await change({ scaling: { ...rule, min: 2 } })
  await pass(2, 0)
  expect([(await service()).replicas, serving()]).toEqual([2, 2])
  await change({ scaling: { ...rule, max: 1 } })
  await pass(2, 0)
  expect([(await service()).replicas, serving()]).toEqual([1, 1])
  expect(told).toEqual([
    'scaled from 1 to 2: the rule wants 2 to 4',
    'scaled from 2 to 1: the rule wants 1 to 1',
  ])
})

test('a new control plane takes nothing away before it has seen a whole cool-down', async () => {
  await pass(6, 12)
  await scaler.close()
  scaler = newScaler()
  await pass(58, 1)
  expect((await service()).replicas).toBe(3)
  await pass(20, 1)
  expect((await service()).replicas).toBe(1)
})

test('nothing is begun beside other work on the service, and the load of that time counts afterwards', async () => {
  const gate = new EventTarget()
  const turn = deps.runner.inTurn(id, async () => void (await once(gate, 'open')))
  await pass(20, 12)
  expect([await tasksLeft(), (await service()).replicas]).toEqual([[], 1])
  gate.dispatchEvent(new Event('open'))
  await turn
  await pass(2, 12)
  expect((await service()).replicas).toBe(3)
})

test('instances that do not start leave the others serving, are told, and are not tried again for five minutes', async () => {
  await world.breakRelease(id, 2)
  await pass(60, 12)
  expect([(await service()).replicas, serving()]).toEqual([1, 1])
  const failure =
    'could not be scaled from 1 to 3 (12 requests in progress, 4 an instance wanted): the new instances did not start, and the task says why'
  expect(told).toEqual([failure])
  await pass(300, 12)
  expect(told).toEqual([failure, failure])
})

test('a machine without room keeps what serves, says so once, and gets as many as it holds', async () => {
  memory.free = gibibyte
  await pass(320, 16)
  expect([(await service()).replicas, serving()]).toEqual([1, 1])
  const lacks = (from: number) =>
    `could not be scaled from ${from} to 4 (16 requests in progress, 4 an instance wanted): the free memory of the machine holds no more instances`
  expect(told).toEqual([lacks(1)])
  memory.free = 2.5 * gibibyte
  await pass(10, 16)
  expect((await service()).replicas).toBe(4)
  expect(told.slice(1)).toEqual([
    'scaled from 1 to 3: 16 requests in progress, 4 an instance wanted',
    'scaled from 3 to 4: 16 requests in progress, 4 an instance wanted',
  ])
})

test('in a cluster, the memory of this machine does not count', async () => {
  memory.free = 0
  const started: unknown[] = []
  const scaledInCluster = createScaler({
    services: {
      scaled: async () => [{ ...(await service()), mode: 'kubernetes' }],
      setByRule: async () => true,
    },
    monitor: world.monitor,
    instances: { inFlight: async () => 12 },
    waitingRuns: () => 0,
    onChanged: () => {},
    tasks: {
      now: () => deps.runner.now(),
      isUntouched: () => true,
      isFree: () => true,
      start: async ({ input }) => void started.push(input),
    },
    scalings,
    freeBytes: () => memory.free,
    clock: () => new Date(now),
    logger: pino({ level: 'silent' }),
  })
  for (now = 0; now < 6_000; now += 2_000) await scaledInCluster.checkNow()
  await scaledInCluster.close()
  expect(started).toMatchObject([{ service_id: id, replicas: 3, scaled: { from: 1 } }])
})

test('a service that is stopped by hand, or asleep, gets no instance, and begins with the fewest again', async () => {
  await change({ idle_minutes: 1 })
  for (const way of ['stop', 'sleep'] as const) {
    await pass(6, 12)
    expect([(await service()).replicas, serving()]).toEqual([3, 3])
    if (way === 'stop') await settledStop()
    else {
      const sleep = {
        kind: 'service.sleep',
        serviceId: id,
        input: { service_id: id },
        createdBy: actor,
      } as const
      await deps.runner.settled((await deps.runner.start(sleep)).id)
    }
    await pass(20, 12)
    expect([(await service()).replicas, serving()]).toEqual([1, 0])
    expect(changed.splice(0)).toEqual([id])
    await operateService(deps, { actor, id, action: 'start' })
    await settled()
    expect(serving()).toBe(1)
  }
})

test('while a rule decides, nobody else sets the number; without it, the number stays until somebody does', async () => {
  await pass(6, 12)
  const refused = { code: 'service.scaled_by_rule', status: 409, details: { field: 'replicas' } }
  await expect(change({ replicas: 2 })).rejects.toMatchObject(refused)
  await expect(change({ replicas: 2, scaling: rule })).rejects.toMatchObject(refused)
  await change({ replicas: 3, timeout: 9 })
  await change({ scaling: null })
  await pass(120, 0)
  expect((await service()).replicas).toBe(3)
  await change({ scaling: rule })
  await change({ scaling: null, replicas: 2 })
  await settled()
  expect([await service(), serving()]).toMatchObject([{ replicas: 2, scaling: null }, 2])
})

test('a change that a rule has asked for is not made any more if the rule is gone when its turn comes', async () => {
  const gate = new EventTarget()
  const turn = deps.runner.inTurn(id, async () => void (await once(gate, 'open')))
  const input = { service_id: id, replicas: 3, scaled: { from: 1, because: { zh: '', en: '' } } }
  const task = await deps.runner.start({ kind: 'service.adjust', serviceId: id, input, createdBy: actor })
  await change({ scaling: null, replicas: 2 })
  gate.dispatchEvent(new Event('open'))
  await turn
  await deps.runner.settled(task.id)
  await settled()
  expect([(await service()).replicas, serving(), told]).toEqual([2, 2, []])
})

test('a change by a rule whose turn comes when the service is stopped stores no number', async () => {
  await settledStop()
  const input = { service_id: id, replicas: 3, scaled: { from: 1, because: { zh: '', en: '' } } }
  const task = await deps.runner.start({ kind: 'service.adjust', serviceId: id, input, createdBy: actor })
  await deps.runner.settled(task.id)
  expect([(await service()).replicas, serving(), told]).toEqual([1, 0, []])
})

test('a look that has read the row of a stopped service before its rule was removed does not change its number', async () => {
  await settledStop()
  await change({ scaling: { ...rule, min: 2 } })
  const { services } = deps
  const scaled = async () => {
    const rows = await services.scaled()
    await change({ scaling: null, replicas: 4 })
    return rows
  }
  const late = newScaler({ ...services, scaled })
  await late.checkNow()
  await late.close()
  expect([(await service()).replicas, changed]).toEqual([4, []])
})
