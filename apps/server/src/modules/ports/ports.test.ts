import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import type { OpenDatabase } from '../../adapters/database/database.ts'
import { createPortsRepository } from './ports.repository.ts'
import { listPorts, reservePort, type PortsDeps } from './ports.usecases.ts'

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
      holder: async (port) => (squatted.has(port) ? { pid: 4242, command: 'node squatter.js' } : null),
    },
    ranges: { front: { first: 8001, last: 8060 }, instance: { first: 18001, last: 18010 } },
  }
})
afterEach(() => database.close())

const reserve = (serviceId: string, options: { fixed?: number; preferred?: number } = {}) =>
  reservePort(deps, { kind: 'front', host: '127.0.0.1', owner: { serviceId, release: null }, ...options })

test('fifty services that ask at once get fifty different ports', async () => {
  const all = await Promise.all(Array.from({ length: 50 }, (_unused, n) => reserve(`s${n}`)))
  expect(new Set(all).size).toBe(50)
})

test('a port that a stranger holds is skipped, recorded, and had again once the stranger has gone', async () => {
  squatted.add(8001)
  expect(await reserve('a')).toBe(8002)
  const rows = await listPorts({ ...deps, publicHost: '127.0.0.1' })
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

test('deleting a service gives its ports back', async () => {
  await reserve('a', { fixed: 8005 })
  await deps.ports.release({ serviceId: 'a' })
  expect(await reserve('b', { fixed: 8005 })).toBe(8005)
})
