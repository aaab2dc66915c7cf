import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import type { OpenDatabase } from '../../adapters/database/database.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { createPortsRepository } from './ports.repository.ts'
import { askForPort } from './ask-for-port.ts'
import {
  claimFrontPorts,
  holdFrontPort,
  listPorts,
  portClaim,
  releaseUnusedFrontPorts,
} from './front-ports.ts'
import type { PortsDeps } from './ports.deps.ts'
import { claimsBy, reserveBy, storeFrontPort } from './ports.test-world.ts'

const squatter = { pid: 4242, command: 'node squatter.js' }
let database: OpenDatabase
let squatted: Set<number>
let deps: PortsDeps
/** The claims of all platforms on the machine: the owner of each name. */
let machine: Map<string, object>
const claimsOn = () => claimsBy(machine)

beforeEach(async () => {
  database = await createTestDatabase()
  squatted = new Set()
  machine = new Map()
  deps = {
    ports: createPortsRepository(database),
    claims: claimsOn(),
    queue: keyedQueue(),
    probe: {
      isFree: async (_host, port) => !squatted.has(port),
      canListenOn: (host) => host !== 'nowhere',
      addressesBehind: (host) => [host],
      holder: async (port) => (squatted.has(port) ? squatter : null),
      listening: async () => new Map([...squatted].map((port) => [port, squatter])),
    },
    ranges: { front: { first: 8001, last: 8060 }, instance: { first: 18_001, last: 18_010 } },
  }
})
afterEach(() => database.close())

const reserve = (serviceId: string, options: { fixed?: number; preferred?: number } = {}) =>
  reserveBy(deps, serviceId, options)
/** Gives an instance this port in the ledger only. */
const enterInstance = (id: string, port: number, serviceId = 'a') =>
  deps.ports.exchange({ instance: { id, serviceId, release: 1 }, to: port, before: null })
const listAll = (taken: string[] = []) =>
  listPorts({ ...deps, isTaken: (serviceId) => taken.includes(serviceId), platformPort: 8000 })
/** What the ledger has. */
const list = async (taken: string[] = []) => (await listAll(taken)).filter(({ kind }) => kind !== 'platform')
const held = async () =>
  (await deps.ports.all()).filter((row) => row.state === 'reserved').map((row) => row.port)

test('fifty simultaneous requests of services get fifty different ports', async () => {
  const all = await Promise.all(Array.from({ length: 50 }, (_unused, n) => reserve(`s${n}`)))
  expect(new Set(all).size).toBe(50)
})

test('unowned ports are released: those of unknown instances, and front ports without a service', async () => {
  await enterInstance('a-r1-1', 18_001)
  await reserve('a')
  squatted.add(8002)
  await reserve('b')
  await deps.ports.releaseUnclaimed({ instanceIds: ['a-r9-1'] })
  expect(await held()).toEqual([])
  expect((await deps.ports.all()).map((row) => row.port)).toEqual([8002])
})

test('a port that another program holds is skipped and recorded; once that program has gone, it is not shown any more and usable', async () => {
  squatted.add(8001)
  expect(await reserve('a')).toBe(8002)
  const rows = await list()
  expect(rows[0]).toMatchObject({ port: 8001, state: 'foreign', owner: null, holder: { pid: 4242 } })
  squatted.clear()
  expect((await list()).map(({ port }) => port)).toEqual([8002])
  expect(await reserve('b')).toBe(8001)
})

test('a requested port that is taken is a 409 with its holder and the nearest free port', async () => {
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

test('the list shows the platform’s own port, the owner of each other one, and which process listens on it', async () => {
  await reserve('a')
  await enterInstance('a-r1-1', 18_001)
  squatted.add(18_001)
  expect(await listAll()).toEqual([
    { port: 8000, kind: 'platform', state: 'reserved', holder: null, owner: null },
    {
      port: 8001,
      kind: 'front',
      state: 'reserved',
      holder: null,
      owner: { service_id: 'a', release: null },
    },
    {
      port: 18_001,
      kind: 'instance',
      state: 'listening',
      holder: squatter,
      owner: { service_id: 'a', release: 1 },
    },
  ])
})

test('if a preferred port is taken, the next free one is used', async () => {
  await reserve('a', { preferred: 8003 })
  expect(await reserve('b', { preferred: 8003 })).toBe(8004)
})

test('a service may request its own port again', async () => {
  const first = await reserve('a')
  expect(await reserve('a', { fixed: first })).toBe(first)
})

test('a port that was chosen but not stored is free for others, also on the machine', async () => {
  const full = new Error('the disk is full')
  const failing = storeFrontPort(deps, { host: '127.0.0.1', serviceId: 'a' }, () => Promise.reject(full))
  await expect(failing).rejects.toBe(full)
  expect([await held(), await claimsOn().claim(portClaim(8001))]).toEqual([[], true])
})

test('if the database goes away while a port is stored, the claim on a new port ends, and that on a port of the service does not', async () => {
  const away = new Error('the database has gone')
  const { all } = deps.ports
  const failing = (fixed?: number) => {
    const ports = { ...deps.ports, all }
    return storeFrontPort({ ...deps, ports }, { host: '127.0.0.1', serviceId: 'a', fixed }, async () => {
      ports.all = () => Promise.reject(new Error('still away'))
      throw away
    })
  }
  await expect(failing()).rejects.toBe(away)
  expect(await claimsOn().claim(portClaim(8001))).toBe(true)
  const own = await reserve('a')
  await expect(failing(own)).rejects.toBe(away)
  expect(await claimsOn().claim(portClaim(own))).toBe(false)
})

test('a hold waits until the one before it has ended', async () => {
  const first = await holdFrontPort(deps, { host: '127.0.0.1', serviceId: 'a' })
  const order: string[] = []
  const second = holdFrontPort(deps, { host: '127.0.0.1', serviceId: 'b' }).then(async (hold) => {
    order.push(`second got ${hold.port}`)
    await hold.end()
  })
  await deps.ports.enterFront(first.port, 'a')
  order.push('first stored')
  await first.end()
  await second
  expect(order).toEqual(['first stored', 'second got 8002'])
})

test('a port whose check fails is not claimed any more', async () => {
  const probe = { ...deps.probe, isFree: () => Promise.reject(new Error('no such address')) }
  const failing = storeFrontPort({ ...deps, probe }, { host: '127.0.0.9', serviceId: 'a' }, async () => {})
  await expect(failing).rejects.toThrow('no such address')
  expect([await held(), await claimsOn().claim(portClaim(8001))]).toEqual([[], true])
})

test('no port is tried on an address that the machine does not have, and none is recorded as foreign', async () => {
  const onNowhere = { host: 'nowhere', serviceId: 'a' }
  await expect(storeFrontPort(deps, onNowhere, async () => {})).rejects.toMatchObject({
    code: 'port.host_unavailable',
    status: 422,
    details: { host: 'nowhere' },
  })
  expect([await deps.ports.all(), machine.size]).toEqual([[], 0])
})

describe('another address for the port that a service has', () => {
  const now = { host: '127.0.0.1', port: 8001 }
  const move = (host: string, taken: string[]) => {
    const probe = {
      ...deps.probe,
      isFree: async (at: string) => ![now.host, ...taken].includes(at),
      addressesBehind: (at: string) => (at === '0.0.0.0' ? ['127.0.0.1', '192.0.2.7'] : [at]),
      holder: async (_port: number, at: string) =>
        taken.includes(at) ? squatter : { pid: 1, command: 'gateway' },
    }
    const request = { host, serviceId: 'a', fixed: 8001, now }
    return storeFrontPort({ ...deps, probe }, request, async (port) => port)
  }
  beforeEach(() => reserve('a'))

  test('is refused with the holder if another process has the port there', async () => {
    await expect(move('127.0.0.2', ['127.0.0.2'])).rejects.toMatchObject({
      code: 'port.taken',
      details: { port: 8001, holder: squatter },
    })
    expect(await move('127.0.0.2', [])).toBe(8001)
  })

  test('may be all addresses if nobody has the port on the others; the gateway itself is no obstacle', async () => {
    expect(await move('0.0.0.0', [])).toBe(8001)
    await expect(move('0.0.0.0', ['192.0.2.7'])).rejects.toMatchObject({ details: { holder: squatter } })
  })

  test('may be the one that the service has', async () => {
    expect(await move('127.0.0.1', [])).toBe(8001)
  })
})

test('a port outside the range is refused, and a full range is reported', async () => {
  await expect(reserve('a', { fixed: 22 })).rejects.toMatchObject({ code: 'port.out_of_range' })
  for (let n = 0; n < 60; n++) await reserve(`s${n}`)
  await expect(reserve('late')).rejects.toMatchObject({ code: 'port.exhausted' })
})

test('front ports of a service that is gone can be released for others', async () => {
  await reserve('a', { fixed: 8005 })
  await releaseUnusedFrontPorts(deps, 'a')
  expect(await reserve('b', { fixed: 8005 })).toBe(8005)
  expect(await held()).toEqual([8005])
})

test('a front port that is chosen again while it is released keeps its claim on the machine', async () => {
  await reserve('a', { fixed: 8005 })
  let reserving: Promise<number> | undefined
  const ports = {
    releaseUnusedFrontPorts: async (serviceId: string) => {
      const released = await deps.ports.releaseUnusedFrontPorts(serviceId)
      reserving = reserve('b', { fixed: 8005 })
      // Long enough for the other one to choose, if nothing kept it from that.
      for (let turns = 0; turns < 20; turns++) await deps.ports.all()
      return released
    },
  }
  await releaseUnusedFrontPorts({ ...deps, ports }, 'a')
  expect(await reserving).toBe(8005)
  expect(await claimsOn().claim(portClaim(8005))).toBe(false)
})

test('a front port on which another process listens is shown as taken, with that process', async () => {
  await reserve('a')
  squatted.add(8001)
  expect((await list(['a']))[0]).toMatchObject({
    port: 8001,
    state: 'taken',
    holder: squatter,
    owner: { service_id: 'a' },
  })
})

test('two platforms with the same range never reserve the same port, even before anybody listens there', async () => {
  const otherDatabase = await createTestDatabase()
  try {
    const other = {
      ...deps,
      ports: createPortsRepository(otherDatabase),
      claims: claimsOn(),
      queue: keyedQueue(),
    }
    const all = await Promise.all(
      Array.from({ length: 20 }, (_unused, n) => [reserve(`s${n}`), reserveBy(other, `s${n}`)]).flat(),
    )
    expect(new Set(all).size).toBe(40)
  } finally {
    await otherDatabase.close()
  }
})

test('ports reserved before a restart are claimed again, and free for others once their service is deleted', async () => {
  await reserve('a')
  machine.clear()
  await claimFrontPorts(deps)
  const other = claimsOn()
  expect(await other.claim(portClaim(8001))).toBe(false)
  await releaseUnusedFrontPorts(deps, 'a')
  expect(await other.claim(portClaim(8001))).toBe(true)
})

test('who enters a port is told whether it is free, and the nearest free one, and nothing is reserved', async () => {
  await reserve('a', { fixed: 8010 })
  squatted.add(8011)
  const ask = (port: number, serviceId?: string) => askForPort(deps, { host: '127.0.0.1', port, serviceId })
  const none = { service_id: null, range: { first: 8001, last: 8060 } }
  expect(await ask(8020)).toEqual({ free: true, nearest_free: 8020, ...none })
  const ofOther = { free: false, nearest_free: 8012, ...none, service_id: 'a' }
  expect(await ask(8010, 'b')).toEqual(ofOther)
  expect(await ask(8010, 'a')).toMatchObject({ free: true, service_id: null })
  expect(await ask(8011)).toEqual({ free: false, nearest_free: 8012, ...none })
  expect(await ask(22)).toEqual({ free: false, nearest_free: 8001, ...none })
  expect(await ask(60_000)).toEqual({ free: false, nearest_free: 8060, ...none })
  expect(await held()).toEqual([8010])
})
