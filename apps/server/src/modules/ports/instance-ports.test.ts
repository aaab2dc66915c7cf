import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import type { OpenDatabase } from '../../adapters/database/database.ts'
import { machineClaims, type MachineClaims } from '../../lib/machine-claims.ts'
import { createInstancePorts, placeIn } from './instance-ports.ts'
import { createPortsRepository } from './ports.repository.ts'
import { portClaim } from './front-ports.ts'

/** Claims hold for the whole machine, so tests that run at the same time need different ranges. */
const base = 30_000 + 100 * Math.floor(Math.random() * 300)
const range = { first: base + 1, last: base + 10 }
let database: OpenDatabase
let squatted: Set<number>
let errors: unknown[]
const opened: MachineClaims[] = []

beforeEach(async () => {
  database = await createTestDatabase()
  squatted = new Set()
  errors = []
})
afterEach(async () => {
  for (const claims of opened.splice(0)) claims.close()
  await database.close()
})

/** The ports of one platform. Each has its own claims, and its own ledger unless one is given. */
function platform(start = range.first, ledger = createPortsRepository(database)) {
  const claims = machineClaims()
  opened.push(claims)
  const ports = createInstancePorts({
    ports: ledger,
    probe: { isFree: async (_host, port) => !squatted.has(port) },
    claims,
    host: '127.0.0.1',
    range,
    start,
    ownerOf: () => ({ serviceId: 'a', release: 1 }),
    onError: (error) => void errors.push(error),
  })
  return { ...ports, claims }
}
const rows = async () =>
  (await createPortsRepository(database).all()).map((row) => `${row.port} ${row.instanceId ?? row.state}`)

test('an instance keeps its port from start to start as long as nobody takes it', async () => {
  const { portFor } = platform(base + 4)
  expect(await portFor('a-r1-1', null, null)).toBe(base + 4)
  expect(await portFor('a-r1-1', base + 4, null)).toBe(base + 4)
  expect(await rows()).toEqual([`${base + 4} a-r1-1`])
})

describe('a port that is taken', () => {
  test('before a start is recorded as foreign, and the instance gets another', async () => {
    const { portFor } = platform()
    const port = await portFor('a-r1-1', null, null)
    squatted.add(port)
    expect(await portFor('a-r1-1', port, null)).toBe(base + 2)
    expect(await rows()).toEqual([`${base + 1} foreign`, `${base + 2} a-r1-1`])
  })

  test('is recorded as foreign at the first search too, and a port that another platform has claimed is not', async () => {
    const { portFor } = platform()
    const other = platform(range.first, createPortsRepository(database))
    await other.claims.claim(portClaim(base + 3))
    squatted.add(base + 1).add(base + 2)
    expect(await portFor('a-r1-1', null, null)).toBe(base + 4)
    expect(await rows()).toEqual([`${base + 1} foreign`, `${base + 2} foreign`, `${base + 4} a-r1-1`])
  })

  test('according to the runner is given up even if it is free again by now, and the search continues after it', async () => {
    const { portFor } = platform(base + 9)
    const port = await portFor('a-r1-1', null, null)
    const by = { pid: 7, command: 'nc -l' }
    const next = await portFor('a-r1-1', port, { port, by })
    expect(next).toBe(base + 10)
    expect(await portFor('a-r1-1', next, { port: next, by })).toBe(base + 1)
    // The loss of an earlier port says nothing about the present one.
    expect(await portFor('a-r1-1', base + 1, { port: next, by })).toBe(base + 1)
  })

  test('can be used again when the other process has gone', async () => {
    const { portFor } = platform()
    squatted.add(base + 1)
    const first = await portFor('a-r1-1', base + 1, null)
    squatted.clear()
    expect([first, await portFor('a-r1-2', null, null)]).toEqual([base + 2, base + 1])
    expect(await rows()).toEqual([`${base + 1} a-r1-2`, `${base + 2} a-r1-1`])
  })
})

test('ten simultaneous requests get ten different ports, and the next one is told that there is none', async () => {
  const { portFor } = platform(base + 5)
  const all = await Promise.all(Array.from({ length: 10 }, (_unused, n) => portFor(`a-r1-${n}`, null, null)))
  expect(new Set(all).size).toBe(10)
  await expect(portFor('late', null, null)).rejects.toMatchObject({ code: 'port.exhausted' })
})

test('a removed instance releases its port, also on the machine', async () => {
  const [one, other] = [platform(), platform()]
  await one.portFor('a-r1-1', null, null)
  expect(await other.claims.claim(portClaim(base + 1))).toBe(false)
  await one.release('a-r1-1')
  await expect.poll(() => other.claims.claim(portClaim(base + 1))).toBe(true)
  expect(await rows()).toEqual([])
})

test.runIf(process.platform === 'linux')(
  'two platforms on one machine, each with a ledger, never have the same port, even while an instance is down',
  async () => {
    const otherDatabase = await createTestDatabase()
    try {
      const one = platform()
      const other = platform(range.first, createPortsRepository(otherDatabase))
      const ask = (of: typeof one, n: number) => of.portFor(`a-r1-${n}`, null, null)
      const ports = await Promise.all(
        Array.from({ length: 5 }, (_unused, n) => [ask(one, n), ask(other, n)]).flat(),
      )
      expect(new Set(ports).size).toBe(10)
      await expect(ask(other, 6)).rejects.toMatchObject({ code: 'port.exhausted' })
    } finally {
      await otherDatabase.close()
    }
  },
)

test('an instance that crashes while the database is unreachable keeps its port, and the error is reported', async () => {
  const away = { ...createPortsRepository(database), exchange: () => Promise.reject(new Error('away')) }
  const { portFor } = platform(range.first, away)
  expect(await portFor('a-r1-1', base + 3, null)).toBe(base + 3)
  await expect.poll(() => errors.map(String)).toEqual(['Error: away'])
})

test('a place in the range is computed from a text, and differs for most texts', () => {
  const wide = { first: 18_001, last: 19_999 }
  const places = Array.from({ length: 100 }, (_unused, n) => placeIn(wide, `/srv/vitrine-${n}/data`))
  expect(places.every((place) => place >= wide.first && place <= wide.last)).toBe(true)
  expect(new Set(places).size).toBeGreaterThan(80)
  expect(placeIn(wide, 'a')).toBe(placeIn(wide, 'a'))
})
