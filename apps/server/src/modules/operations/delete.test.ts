import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freeRange } from '../../../../../tests/support/free-ports.ts'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { createBus } from '../../lib/bus.ts'
import { systemClock } from '../../lib/clock.ts'
import { pathExists } from '../../lib/path-exists.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import { createInstancesRepository } from '../instances/instances.repository.ts'
import { storeFrontPort } from '../ports/ports.test-world.ts'
import { openRunsWorld } from '../runs/runs.test-world.ts'
import type { TaskChanged } from '../tasks/task-progress.ts'
import { createTaskRunner } from '../tasks/task-runner.ts'
import { createTasksRepository } from '../tasks/tasks.repository.ts'
import { deleteTask, deletionOf, removeRemains } from './delete.task.ts'

const id = 'a'
const createdBy = testActor('admin')
/** The instance of a service, as it is wanted. */
const alone = [{ replica: 1, mode: 'local' as const, limits: {}, network: 'all' as const, onTrial: false }]

async function openWorld() {
  const world = await openRunsWorld()
  const { paths, instances, temporary } = world
  const ports = { ...world.ports, ranges: { ...world.ports.ranges, front: await freeRange(5) } }
  const { services, releases } = world.running
  const seen = {
    deleted: [] as string[],
    revoked: [] as string[],
    /** The services whose calls were deleted, and whether they had a row then. */
    forgotten: [] as [string, boolean][],
    /** From when on the calls of a successor were left. */
    left: [] as (Date | null)[],
    hadFolderAfterEnd: [] as boolean[],
    isGatewayDown: false,
    /** Called when the gateway is told that the service is gone. */
    onGone: async () => {},
    /** Called when the deletion has read the row of its service, or that there is none. */
    onRead: async () => {},
  }
  const folder = serviceFolders(paths, id).root
  const forgetCalls = async (serviceId: string, before: Date | null) => {
    seen.left.push(before)
    seen.forgotten.push([serviceId, (await services.get(serviceId)) !== null])
  }
  const gateway = {
    async sync() {
      if (await services.get(id)) return
      if (seen.isGatewayDown) throw new Error('the gateway is down')
      await seen.onGone()
    },
    frontProblem: () => null,
    isLeftOut: () => false,
  }
  const tasks = createTasksRepository(world)
  const instanceRows = createInstancesRepository(world)
  const runner = createTaskRunner(
    {
      repository: tasks,
      bus: createBus<TaskChanged>(),
      clock: systemClock,
      concurrency: 2,
      logger: pino({ level: 'silent' }),
    },
    deleteTask({
      paths,
      ports,
      instances,
      gateway,
      services: {
        ...services,
        async get(serviceId) {
          const row = await services.get(serviceId)
          await seen.onRead()
          return row
        },
      },
      releases,
      instanceRows,
      revokeAccess: async (serviceId) => void seen.revoked.push(serviceId),
      forgetCalls,
      deleteService: (serviceId) => services.delete(serviceId),
      onDeleted: (serviceId) => void seen.deleted.push(serviceId),
      removeImages: async () => undefined,
      async endTemporary(serviceId) {
        await temporary.endOf(serviceId)
        seen.hadFolderAfterEnd.push(await pathExists(folder))
      },
    }),
  )
  return {
    ...world,
    seen,
    folder,
    ports,
    /** Adds a service. Its instance has a row, by which a deletion finds its process. */
    async addService(serviceId: string, options = { starts: true }) {
      await world.addService(serviceId, options)
      if (options.starts) await instanceRows.insert({ serviceId, number: 2 }, alone)
    },
    /** Deletes the service, or one that had its ID earlier. Resolves with the ended task. */
    async delete(created?: Date) {
      const createdAt = created ?? (await services.get(id))?.createdAt ?? new Date()
      const task = await runner.start({ ...deletionOf({ id, createdAt }), createdBy })
      await runner.settled(task.id)
      return (await tasks.get(task.id))?.task
    },
    removeRemains: () => removeRemains({ paths, services, tasks, runner, forgetCalls, gateway, ports }),
    async close() {
      await runner.close()
      await world.close()
    },
  }
}

/** Reserves the first free front port for a service. */
const reserve = (serviceId: string) =>
  storeFrontPort(world.ports, { host: '127.0.0.1', serviceId }, async (port) => {
    await world.ports.ports.enterFront(port, serviceId)
    await world.running.services.update(serviceId, { frontPort: port })
    return port
  })
const fronts = async () =>
  (await world.ports.ports.all())
    .filter(({ kind }) => kind === 'front')
    .map(({ port, serviceId }) => [port, serviceId])

let world: Awaited<ReturnType<typeof openWorld>>
beforeEach(async () => {
  world = await openWorld()
  await world.addService(id)
})
afterEach(() => world.close())

test('processes of old releases have ended before the files of a deleted service are removed', async () => {
  const old = await world.running.releases.get(id, 1)
  if (!old) throw new Error('no release 1')
  const leased = await world.temporary.lease(old, { person: 'ann', signal: AbortSignal.timeout(patienceMs) })
  expect([...(await world.runner.reports()).keys()]).toContain(leased.instanceId)
  expect(await world.delete()).toMatchObject({ state: 'succeeded' })
  expect(world.seen.hadFolderAfterEnd).toEqual([true])
  expect([...(await world.runner.reports()).keys()]).not.toContain(leased.instanceId)
  expect(await pathExists(world.folder)).toBe(false)
})

test('a deletion of an earlier service leaves the one that has its ID now', async () => {
  expect(await world.delete(new Date(0))).toMatchObject({ state: 'succeeded' })
  expect(await world.running.services.get(id)).toMatchObject({ id })
  expect(await pathExists(world.folder)).toBe(true)
  expect([world.seen.deleted, world.seen.revoked]).toEqual([[], []])
  expect(world.seen.left).toEqual([(await world.running.services.get(id))?.createdAt])
})

test('a deletion that goes on after the row was deleted leaves a service that gets its ID in this moment', async () => {
  await world.running.services.delete(id)
  world.seen.onRead = async () => {
    world.seen.onRead = async () => {}
    await world.addService(id, { starts: false })
  }
  expect(await world.delete(new Date(0))).toMatchObject({ state: 'succeeded' })
  expect(await world.running.services.get(id)).toMatchObject({ id })
  expect([world.seen.revoked, world.seen.deleted]).toEqual([[], [id]])
})

test('a failing gateway keeps neither the files, the calls nor the event of a deleted service', async () => {
  world.seen.isGatewayDown = true
  expect(await world.delete()).toMatchObject({ state: 'failed' })
  expect(await world.running.services.get(id)).toBeNull()
  expect([world.seen.deleted, world.seen.revoked]).toEqual([[id], [id]])
  expect(world.seen.forgotten).toEqual([[id, false]])
  expect(await pathExists(world.folder)).toBe(false)
})

test('files and calls that a failed deletion left are removed later, and those of other services are not', async () => {
  world.seen.isGatewayDown = true
  expect(await world.delete()).toMatchObject({ state: 'failed' })
  expect([...(await world.runner.reports()).keys()]).toEqual([])
  world.seen.isGatewayDown = false
  const other = serviceFolders(world.paths, 'other').root
  await mkdir(world.folder, { recursive: true })
  await mkdir(other, { recursive: true })
  await world.removeRemains()
  expect(await Promise.all([world.folder, other].map(pathExists))).toEqual([false, true])
  expect(world.seen.forgotten).toEqual([id, id].map((each) => [each, false]))
  await world.addService(id)
  await world.removeRemains()
  const successor = await world.running.services.get(id)
  expect([await pathExists(world.folder), world.seen.left]).toEqual([
    true,
    [null, null, successor?.createdAt],
  ])
})

test('a failing gateway, which may still listen on the port of a deleted service, keeps the port until it has followed', async () => {
  const port = await reserve(id)
  await world.addService('other', { starts: false })
  world.seen.isGatewayDown = true
  expect(await world.delete()).toMatchObject({ state: 'failed' })
  await expect(world.removeRemains()).rejects.toThrow('the gateway is down')
  expect(await fronts()).toEqual([[port, id]])
  world.seen.isGatewayDown = false
  await world.removeRemains()
  expect(await fronts()).toEqual([])
  expect(await reserve('other')).toBe(port)
})

test('a service whose row cannot be deleted keeps its port', async () => {
  const port = await reserve(id)
  await world.db.execute(sql`create function refuse() returns trigger language plpgsql
    as $$ begin raise exception 'no row can be deleted'; end $$`)
  await world.db.execute(sql`create trigger refuse before delete on algorithm_services
    for each row execute function refuse()`)
  expect(await world.delete()).toMatchObject({ state: 'failed' })
  expect((await world.running.services.get(id))?.frontPort).toBe(port)
  expect([await fronts(), world.seen.deleted]).toEqual([[[port, id]], []])
})

test('the port of a deleted service is free once the gateway has closed it, and is nobody else’s before', async () => {
  const port = await reserve(id)
  await world.addService('other', { starts: false })
  await world.addService('later', { starts: false })
  // The gateway listens until it has followed.
  const gateway = createServer().listen(port, '127.0.0.1')
  await once(gateway, 'listening')
  world.seen.onGone = async () => {
    await reserve('other')
    await once(gateway.close(), 'close')
  }
  expect(await world.delete()).toMatchObject({ state: 'succeeded' })
  expect(await fronts()).toEqual([[port + 1, 'other']])
  expect(await reserve('later')).toBe(port)
})
