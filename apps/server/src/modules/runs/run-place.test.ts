import { expect, test } from 'vitest'
import type { LiveInstance } from '../instances/live-board.ts'
import type { StoredService } from '../services/services.repository.ts'
import { readyInstance } from './run-place.ts'

const instance = (port: number, part: Partial<LiveInstance> = {}): LiveInstance => ({
  ...{ id: `demo-r1-${port}`, serviceId: 'demo', release: 1, replica: 1, port, temporary: false },
  ...{ healthPath: '/health', healthIntervalMs: 10_000, startupTimeoutMs: 60_000, healthRestarts: 0 },
  ...{ state: 'RUNNING', health: 'READY', reason: null, usage: null, report: null },
  ...{ count: { wellAtMs: 1, bad: 0 }, wellSince: null },
  ...part,
})
const at = new Date(0)
const service: StoredService = {
  ...{ id: 'demo', name: 'demo', algorithmId: 'demo', groupId: null, desired: 'running', mode: 'local' },
  ...{
    translations: {},
    replicas: 3,
    asleep: false,
    limits: null,
    idleMinutes: null,
    unhealthyProbes: 6,
    frontPort: null,
  },
  options: { frontHost: '127.0.0.1', auth: 'required', timeoutS: 60, rateLimit: null, bodyMb: 1 },
  ...{ currentRelease: 1, ownerId: 'u1', ownerName: 'someone', createdAt: at, updatedAt: at },
}
const portFor = (instances: LiveInstance[], runs: Record<number, number> = {}) =>
  readyInstance(
    {
      board: { ofService: () => instances },
      executor: { runsOn: (id) => runs[Number(id.split('-').at(-1))] ?? 0 },
    },
    service,
  ).port

test('a run goes to the instance of the release that serves which has the fewest, and the first of equals', () => {
  const three = [instance(1), instance(2), instance(3)]
  expect(portFor(three)).toBe(1)
  expect(portFor(three, { 1: 2, 2: 1, 3: 3 })).toBe(2)
  expect(portFor([...three, instance(4, { release: 2 })], { 1: 1, 2: 1, 3: 1 })).toBe(1)
})

test('one that takes no requests gets no run, though it has none', () => {
  const busy = { 3: 9 }
  expect(
    portFor([instance(1, { state: 'STOPPING' }), instance(2, { health: 'STARTING' }), instance(3)], busy),
  ).toBe(3)
  expect(() => portFor([instance(1, { state: 'STOPPING' })])).toThrow()
})
