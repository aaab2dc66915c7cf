import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePorts } from '../../../../../tests/support/free-ports.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import type { OpenDatabase } from '../../adapters/database/database.ts'
import { findPortHolder, isPortFree } from '../../lib/procfs/port-holder.ts'
import { createPortsRepository } from './ports.repository.ts'
import { listPorts, reservePort, type PortsDeps } from './ports.usecases.ts'

const squatter = { pid: 4242, command: 'node squatter.js' }
let database: OpenDatabase
let squatted: Set<number>
let deps: PortsDeps

beforeEach(async () => {
  database = await createTestDatabase()
  squatted = new Set()
  deps = {
    ports: createPortsRepository(database),
    probe: {
      isFree: async (_host, port) => !squatted.has(port),
      holder: async (port) => (squatted.has(port) ? squatter : null),
      listening: async () => new Map([...squatted].map((port) => [port, squatter])),
    },
    ranges: { front: { first: 8001, last: 8060 }, instance: { first: 18001, last: 18010 } },
  }
})
afterEach(() => database.close())

const reserve = (serviceId: string, options: { fixed?: number; preferred?: number } = {}) =>
  reservePort(deps, { host: '127.0.0.1', owner: { serviceId, instance: null }, ...options })
const reserveFor = (id: string, serviceId = 'a') =>
  reservePort(deps, { host: '127.0.0.1', owner: { serviceId, instance: { id, release: 1 } } })
const held = async () =>
  (await deps.ports.all()).filter((row) => row.state === 'reserved').map((row) => row.port)

test('fifty services that ask at once get fifty different ports', async () => {
  const all = await Promise.all(Array.from({ length: 50 }, (_unused, n) => reserve(`s${n}`)))
  expect(new Set(all).size).toBe(50)
})

test('fifty instances that ask at once while strangers listen on every third port get fifty that nobody else has', async () => {
  const first = await freePorts(90)
  const strangers: Server[] = []
  for (let port = first; port < first + 90; port += 3) {
    const server = createServer().listen({ host: '127.0.0.1', port })
    await once(server, 'listening')
    strangers.push(server)
  }
  try {
    const probe = { ...deps.probe, isFree: isPortFree, holder: findPortHolder }
    deps = { ...deps, probe, ranges: { ...deps.ranges, instance: { first, last: first + 89 } } }
    const all = await Promise.all(Array.from({ length: 50 }, (_unused, n) => reserveFor(`a-r1-${n}`)))
    expect(new Set(all).size).toBe(50)
    const taken = new Set(strangers.map((server) => portOf(server)))
    expect(all.filter((port) => taken.has(port))).toEqual([])
  } finally {
    await Promise.all(strangers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
})

const isAddress = (address: ReturnType<Server['address']>): address is AddressInfo =>
  typeof address === 'object' && address !== null
function portOf(server: Server): number {
  const address = server.address()
  if (!isAddress(address)) throw new Error('it does not listen')
  return address.port
}

test('each instance has its own port, also of the same release, and gives back only that', async () => {
  const [old, fresh] = [await reserveFor('a-r1-1'), await reserveFor('a-r1-2')]
  expect(fresh).not.toBe(old)
  expect(await reserveFor('a-r1-1')).toBe(old)
  await deps.ports.releaseInstance('a-r1-1')
  expect(await held()).toEqual([fresh])
})

test('what nobody claims is given back: ports of instances that are in no row, and front ports of no service', async () => {
  await reserveFor('a-r1-1')
  await reserve('a')
  squatted.add(8002)
  await reserve('b')
  await deps.ports.releaseUnclaimed({ instanceIds: ['a-r9-1'], frontPorts: [8009] })
  expect(await held()).toEqual([])
  expect((await deps.ports.all()).map((row) => row.port)).toEqual([8002])
})

test('a port that a stranger holds is skipped, recorded, and had again once the stranger has gone', async () => {
  squatted.add(8001)
  expect(await reserve('a')).toBe(8002)
  const rows = await listPorts(deps)
  expect(rows[0]).toMatchObject({ port: 8001, state: 'foreign', owner: null, holder: { pid: 4242 } })
  squatted.clear()
  expect(await reserve('b')).toBe(8001)
})

test('a requested port that is taken is a 409 that names the holder and the nearest free one', async () => {
  await reserve('a', { fixed: 8005 })
  squatted.add(8006)
  await expect(reserve('b', { fixed: 8005 })).rejects.toMatchObject({
    code: 'port.taken',
    status: 409,
    details: { port: 8005, holder: { service_id: 'a' }, nearest_free: 8007 },
  })
  await expect(reserve('b', { fixed: 8006 })).rejects.toMatchObject({
    details: { holder: { pid: 4242, command: 'node squatter.js' } },
  })
})

test('the ledger says of each port whose it is, and whether it is listened on, by whom', async () => {
  await reserve('a')
  await reserveFor('a-r1-1')
  squatted.add(18_001)
  expect(await listPorts(deps)).toEqual([
    {
      ...{ port: 8001, kind: 'front', state: 'reserved', holder: null },
      owner: { service_id: 'a', release: null },
    },
    {
      ...{ port: 18_001, kind: 'instance', state: 'listening', holder: squatter },
      owner: { service_id: 'a', release: 1 },
    },
  ])
})

test('a preferred port that is taken gives way to the next free one', async () => {
  await reserve('a', { preferred: 8003 })
  expect(await reserve('b', { preferred: 8003 })).toBe(8004)
})

test('asking again for the same owner gives the same port', async () => {
  const first = await reserve('a')
  expect(await reserve('a')).toBe(first)
})

test('a port outside the range is refused, and an exhausted range says so', async () => {
  await expect(reserve('a', { fixed: 22 })).rejects.toMatchObject({ code: 'port.out_of_range' })
  for (let n = 0; n < 60; n++) await reserve(`s${n}`)
  await expect(reserve('late')).rejects.toMatchObject({ code: 'port.exhausted' })
})

test('deleting a service gives its ports back, those of its instances too', async () => {
  await reserve('a', { fixed: 8005 })
  await reserveFor('a-r1-1')
  await deps.ports.releaseService('a')
  expect(await reserve('b', { fixed: 8005 })).toBe(8005)
  expect(await held()).toEqual([8005])
})
