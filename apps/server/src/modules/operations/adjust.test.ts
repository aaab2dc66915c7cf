import { once } from 'node:events'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ServiceChange } from '@vitrine/contract'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { addInstance } from '../instances/instances.usecases.ts'
import { knownInstance } from '../instances/known-instance.ts'
import { takesRequests } from '../instances/instance-facts.ts'
import { needsAdjusting } from '../instances/plan-instances.ts'
import { changeService } from './change-service.ts'
import { operateService } from './operations.usecases.ts'
import { openOperationsWorld, processesOf } from './operations.test-world.ts'

const id = 'a'
type Opened = Awaited<ReturnType<typeof openOperationsWorld>>
let world: Opened['world']
let deps: Opened['deps']
let instanceRows: Opened['instanceRows']
let seen: Opened['seen']

beforeEach(async () => {
  ;({ world, deps, instanceRows, seen } = await openOperationsWorld(id))
})
afterEach(async () => {
  await deps.runner.close()
  await world.close()
})

const actor = testActor('admin')
const rows = () => instanceRows.list(id)
const idsAndPlaces = async () => (await rows()).map((row) => `${row.id} at ${row.replica}`)
const processes = () => processesOf(world)
const pids = () => Object.fromEntries(world.monitor.ofService(id).map((one) => [one.id, one.report?.pid]))
const portsHeld = async () => (await world.ports.ports.all()).flatMap((row) => row.instanceId ?? []).sort()
const ended = async (taskId: string) => {
  await deps.runner.settled(taskId)
  return (await deps.tasks.get(taskId))?.task
}
const change = async (part: ServiceChange) => {
  const { task } = await changeService(deps, { actor, language: 'en', id, change: part })
  return task && ended(task.id)
}
const operate = async (action: 'start' | 'stop' | 'restart') =>
  ended((await operateService(deps, { actor, id, action })).id)

test('an existing instance keeps running while others are added and removed again, each with a new id', async () => {
  const [before] = Object.values(pids())
  expect(await change({ replicas: 3 })).toMatchObject({ state: 'succeeded' })
  expect(await idsAndPlaces()).toEqual(['a-r2-1 at 1', 'a-r2-2 at 2', 'a-r2-3 at 3'])
  expect(pids()['a-r2-1']).toBe(before)
  expect(world.monitor.ofService(id).filter(takesRequests)).toHaveLength(3)
  expect(await change({ replicas: 1 })).toMatchObject({ state: 'succeeded' })
  expect([await processes(), await portsHeld()]).toEqual([['a-r2-1'], ['a-r2-1']])
  expect(await change({ replicas: 2 })).toMatchObject({ state: 'succeeded' })
  expect(await idsAndPlaces()).toEqual(['a-r2-1 at 1', 'a-r2-4 at 2'])
  expect(pids()['a-r2-1']).toBe(before)
  expect(Math.min(...seen.serving)).toBe(1)
})

test('other limits and another mode are applied by new instances before the old one is removed', async () => {
  const limits = { memory_mb: 512 }
  expect(await change({ limits })).toMatchObject({ state: 'succeeded' })
  expect(await rows()).toMatchObject([{ id: 'a-r2-2', limits, mode: 'local', onTrial: false }])
  expect(await change({ mode: 'supervisor', replicas: 2 })).toMatchObject({ state: 'succeeded' })
  expect((await rows()).map((row) => row.mode)).toEqual(['supervisor', 'supervisor'])
  expect(await processes()).toEqual(['a-r2-3', 'a-r2-4'])
  expect(Math.min(...seen.serving)).toBe(1)
  expect(await change({ limits: null })).toMatchObject({ state: 'succeeded' })
  expect((await rows()).map((row) => row.limits)).toEqual([{}, {}])
})

test('requesting what already is starts no task', async () => {
  expect(await change({ replicas: 1, mode: 'local', limits: null })).toBeNull()
  expect(await change({ name: 'Other', timeout: 5, body_mb: 3, idle_minutes: 9 })).toBeNull()
  expect(await deps.services.get(id)).toMatchObject({
    name: 'Other',
    idleMinutes: 9,
    options: { timeoutS: 5, bodyMb: 3, network: 'all' as const },
  })
})

test('a change that cannot be stored completely changes nothing, not even the front port', async () => {
  await world.db.execute(sql`create function refuse() returns trigger language plpgsql
    as $$ begin raise exception 'this name cannot be stored'; end $$`)
  await world.db.execute(sql`create trigger refuse before update on algorithm_services
    for each row when (new.name = 'Refused') execute function refuse()`)
  const { first, last } = deps.ports.ranges.front
  expect(await change({ port: first, name: 'Other' })).toBeNull()
  const before = await deps.services.get(id)
  const syncs = seen.serving.length
  await expect(change({ port: last, name: 'Refused' })).rejects.toThrow()
  expect(await deps.services.get(id)).toEqual(before)
  expect((await world.ports.ports.frontsOf(id)).map(({ port }) => port)).toEqual([first])
  expect(seen.serving).toHaveLength(syncs)
  // Its own port is no change of it.
  expect(await change({ port: first, name: 'Another' })).toBeNull()
  expect(await deps.services.get(id)).toMatchObject({ frontPort: first, name: 'Another' })
})

test('new instances that do not start leave the old ones unchanged, and the request is undone', async () => {
  await world.breakRelease(id, 2)
  const failed = await change({ replicas: 3 })
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'service.start_failed' } })
  expect([await processes(), await portsHeld()]).toEqual([['a-r2-1'], ['a-r2-1']])
  expect(world.monitor.ofService(id).filter(takesRequests)).toHaveLength(1)
  expect(await change({ limits: { memory_mb: 64 }, mode: 'supervisor' })).toMatchObject({ state: 'failed' })
  const service = await deps.services.get(id)
  expect(service).toMatchObject({ replicas: 1, mode: 'local', limits: null })
  const release = await deps.releases.get(id, 2)
  expect(service && release && needsAdjusting(service, release, await rows())).toBe(false)
})

test('a request that comes while an earlier change fails still counts', async () => {
  await change({ replicas: 2 })
  await world.breakRelease(id, 2)
  const ask = (part: ServiceChange) => changeService(deps, { actor, language: 'en', id, change: part })
  const gate = new EventTarget()
  // Both must queue, so that the second is requested before the first fails.
  const turn = deps.runner.inTurn(id, async () => void (await once(gate, 'open')))
  const [more, fewer] = [await ask({ replicas: 3 }), await ask({ replicas: 1 })]
  gate.dispatchEvent(new Event('open'))
  await turn
  expect(await ended(more.task?.id ?? '')).toMatchObject({ state: 'failed' })
  expect(await ended(fewer.task?.id ?? '')).toMatchObject({ state: 'succeeded' })
  expect([await idsAndPlaces(), (await deps.services.get(id))?.replicas]).toEqual([['a-r2-1 at 1'], 1])
})

test('who may use a service is in force at the gateway, also if the change of its instances cannot begin', async () => {
  vi.spyOn(deps.runner, 'start').mockRejectedValueOnce(new Error('the database is away'))
  const sync = vi.spyOn(deps.gateway, 'sync')
  const closed: ServiceChange = { auth: 'required', replicas: 2 }
  await expect(changeService(deps, { actor, language: 'en', id, change: closed })).rejects.toThrow('away')
  expect((await deps.services.get(id))?.options.auth).toBe('required')
  expect(sync).toHaveBeenCalledOnce()
})

test('a request that is cancelled in the queue takes back nothing of the change that runs', async () => {
  const events = new EventTarget()
  const add = world.runner.add.bind(world.runner)
  const adding = once(events, 'adding')
  const go = once(events, 'go')
  world.runner.add = async (specs) => {
    events.dispatchEvent(new Event('adding'))
    await go
    await add(specs)
  }
  const ask = (part: ServiceChange) => changeService(deps, { actor, language: 'en', id, change: part })
  const limited = await ask({ limits: { memory_mb: 512 } })
  await adding
  const more = await ask({ replicas: 2 })
  await deps.runner.cancel(more.task?.id ?? '')
  const isCancelled = async () => (await deps.tasks.get(more.task?.id ?? ''))?.task.error
  expect(await waitFor(isCancelled, { timeoutMs: patienceMs })).toMatchObject({ code: 'task.cancelled' })
  events.dispatchEvent(new Event('go'))
  expect(await ended(limited.task?.id ?? '')).toMatchObject({ state: 'succeeded' })
  expect(await ended(more.task?.id ?? '')).toMatchObject({ state: 'cancelled' })
  const service = await deps.services.get(id)
  expect(service).toMatchObject({ replicas: 1, limits: { memory_mb: 512 } })
  const release = await deps.releases.get(id, 2)
  expect(service && release && needsAdjusting(service, release, await rows())).toBe(false)
})

test('instances of an interrupted task are not trusted but created again', async () => {
  const wanted = [{ replica: 2, mode: 'local' as const, limits: {}, network: 'all' as const, onTrial: true }]
  const made = await instanceRows.insert({ serviceId: id, number: 2 }, wanted)
  const release = await deps.releases.get(id, 2)
  for (const row of made) if (release) await addInstance(world.instances, knownInstance(row, release))
  seen.knownBefore = []
  expect(await processes()).toEqual(['a-r2-1', 'a-r2-2'])
  await deps.services.update(id, { replicas: 2 })
  const task = await deps.runner.start({
    kind: 'service.adjust',
    serviceId: id,
    input: { service_id: id },
    createdBy: actor,
  })
  expect(await ended(task.id)).toMatchObject({ state: 'succeeded' })
  expect(await idsAndPlaces()).toEqual(['a-r2-1 at 1', 'a-r2-3 at 2'])
  // They are removed before anything new is created, so a task that is interrupted repeatedly leaves at most
  // one attempt.
  expect(seen.knownBefore).toEqual([['a-r2-1']])
})

test('a stopped service only stores what it wants, and has it from its next start', async () => {
  await operate('stop')
  expect(await change({ replicas: 2, limits: { open_files: 256 } })).toBeNull()
  expect((await world.runner.reports()).get('a-r2-1')?.state).toBe('STOPPED')
  expect(await operate('start')).toMatchObject({ state: 'succeeded' })
  expect(await idsAndPlaces()).toEqual(['a-r2-2 at 1', 'a-r2-3 at 2'])
  expect(world.monitor.ofService(id).filter(takesRequests)).toHaveLength(2)
  expect([await processes(), await portsHeld()]).toEqual([
    ['a-r2-2', 'a-r2-3'],
    ['a-r2-2', 'a-r2-3'],
  ])
})

test('a restart of several instances takes one at a time, and all but one keep serving', async () => {
  await change({ replicas: 3 })
  const before = pids()
  seen.serving = []
  expect(await operate('restart')).toMatchObject({ state: 'succeeded' })
  expect(Object.keys(pids())).toEqual(Object.keys(before))
  for (const [name, pid] of Object.entries(pids())) expect(pid).not.toBe(before[name])
  expect(seen.serving).toEqual([2, 3, 2, 3, 2, 3])
})

test('a restart whose first instance does not come back leaves the others unchanged', async () => {
  await change({ replicas: 3 })
  const before = pids()
  await world.breakRelease(id, 2)
  expect(await operate('restart')).toMatchObject({ state: 'failed', error: { code: 'service.start_failed' } })
  expect(world.monitor.ofService(id).filter(takesRequests)).toHaveLength(2)
  expect([pids()['a-r2-2'], pids()['a-r2-3']]).toEqual([before['a-r2-2'], before['a-r2-3']])
})

test.each([1, 2])(
  'a restart that fails before any of %i processes has ended leaves all of them serving',
  async (replicas) => {
    await change({ replicas })
    const before = pids()
    const failing = async () => {
      expect(await operate('restart')).toMatchObject({ state: 'failed' })
      expect(world.monitor.ofService(id).filter(takesRequests)).toHaveLength(replicas)
      expect(pids()).toEqual(before)
    }
    seen.isGatewayDown = true
    await failing()
    seen.isGatewayDown = false
    const stop = world.runner.stop.bind(world.runner)
    world.runner.stop = () => Promise.reject(new Error('supervisord does not answer'))
    await failing()
    world.runner.stop = stop
  },
)

test('a service that could not be stopped takes requests again after a start', async () => {
  seen.isGatewayDown = true
  expect(await operate('stop')).toMatchObject({ state: 'failed' })
  seen.isGatewayDown = false
  expect(await operate('start')).toMatchObject({ state: 'succeeded' })
  expect(world.monitor.ofService(id).filter(takesRequests)).toHaveLength(1)
})

test('a mode that the machine does not have is refused with the name of the field, and nothing is stored', async () => {
  const wanted = { mode: 'supervisor', replicas: 4 } as const
  deps.modes = new Set(['local'])
  await expect(change(wanted)).rejects.toMatchObject({
    code: 'service.mode_unavailable',
    status: 422,
    details: { field: 'mode' },
  })
  expect(await deps.services.get(id)).toMatchObject({ replicas: 1, mode: 'local' })
})

test('a release without an image is not run in a container, and nothing is stored', async () => {
  deps.modes = new Set(['local', 'docker'])
  await expect(change({ mode: 'docker', replicas: 4 })).rejects.toMatchObject({
    code: 'service.mode_needs_deploy',
    status: 409,
    details: { field: 'mode' },
  })
  expect(await deps.services.get(id)).toMatchObject({ replicas: 1, mode: 'local' })
})
