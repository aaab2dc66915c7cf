import { beforeAll, expect, test } from 'vitest'
import { host, hostNodes } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { command } from './packages.ts'

/** What the machine is said to do. The platform has no other service. */
export function hostCases(world: InWorld): void {
  let admin: ApiClient
  beforeAll(async () => {
    ;({ admin } = world())
    await admin.publish('measured', command)
  }, 180_000)

  test('the machine is described with the processes of the platform, the usage of services, and its ports', async () => {
    const told = await waitFor(
      async () => {
        const now = await admin.get('/host', host)
        return now.services.memory_bytes !== null && now.cpu !== null && now
      },
      { timeoutMs: 60_000, everyMs: 500 },
    )
    if (!told) throw new Error('nothing was measured')
    const names = told.processes.map((one) => one.name)
    expect(names).toEqual(expect.arrayContaining(['control_plane', 'gateway', 'database']))
    for (const { memory_bytes: bytes } of told.processes) expect(bytes).toBeGreaterThan(5_000_000)
    expect(told.services).toMatchObject({ total: 1, running: 1, instances: 1 })
    expect(told.ports.map(({ kind, taken }) => [kind, taken])).toEqual([
      ['front', 1],
      ['instance', 1],
    ])
    expect(told.limits.map((limit) => limit.resource).sort()).toEqual([
      ...['cpu', 'gpus', 'memory', 'open_files', 'processes'],
    ])
    expect(told.points.length).toBeGreaterThan(0)
  }, 120_000)

  test('the machine is named with the instance that runs on it, and there is no cluster', async () => {
    const { items, waiting_count: waiting, cluster } = await admin.get('/nodes', hostNodes)
    expect([waiting, cluster]).toEqual([0, null])
    expect(items).toMatchObject([
      { kind: 'machine', state: 'ready', instance_count: 1, instances: [{ service_id: 'measured' }] },
    ])
    expect(items[0]?.memory_bytes.in_use).toBeGreaterThan(0)
  })
}
