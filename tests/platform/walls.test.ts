import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostWalls, type HostWalls, type WallName } from '@vitrine/contract'
import { skipSandbox } from '../../apps/server/src/lib/sandbox/sandbox.test-setup.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { echo } from './packages.ts'

const isRoot = process.getuid?.() === 0
const works = skipSandbox === null
const patience = { timeoutMs: 60_000, everyMs: 250 }

let platform: TestPlatform
let admin: ApiClient
beforeAll(async () => {
  platform = await startPlatform({
    database: 'own',
    environment: { VITRINE_SANDBOX: 'off', VITRINE_QUOTA_RUNS: '7' },
  })
  admin = await platform.admin()
  await admin.publish('early', echo())
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

const walls = () => admin.get('/host/walls', hostWalls)
const wallIn = (told: HostWalls, name: WallName) => told.walls.find((wall) => wall.name === name)
const wall = async (name: WallName) => wallIn(await walls(), name)
const codes = (list: readonly { code: string }[] | undefined) => list?.map(({ code }) => code)
/** The walls once it is known of each instance where it runs. */
const settled = async (): Promise<HostWalls> => {
  const told = await waitFor(async () => {
    const now = await walls()
    return now.instances.unknown === 0 && now.instances.running > 0 && now
  }, patience)
  if (!told) throw new Error('it does not become known where the instances run')
  return told
}

test('only administrators are told', async () => {
  const user = await platform.person('user', 'user')
  expect((await user.request('GET', '/host/walls')).status).toBe(403)
  expect((await platform.anonymous().request('GET', '/host/walls')).status).toBe(401)
})

test('accounts are those that the kernel shows for the processes of this platform', async () => {
  const [accounts, controlPlane, database] = await Promise.all([
    wall('service_accounts'),
    wall('control_plane'),
    wall('database'),
  ])
  if (isRoot) {
    expect(accounts).toMatchObject({ state: 'stands', gaps: [] })
    expect(codes(controlPlane?.gaps)?.includes('control_plane_root')).toBe(platform.uid === 0)
    expect(database?.state).not.toBe('missing')
  } else {
    expect(accounts).toMatchObject({ state: 'missing', gaps: [{ code: 'not_root' }] })
    expect(controlPlane).toMatchObject({ state: 'stands', gaps: [] })
    expect(database).toMatchObject({ state: 'missing', gaps: [{ code: 'same_account' }] })
  }
  const own = platform.uid === 0 ? 'root (0)' : expect.stringContaining(String(platform.uid))
  expect(controlPlane?.facts).toContainEqual({
    code: 'runs_as',
    values: { process: 'control_plane', account: own },
  })
})

test('settings are those that this start has read', async () => {
  expect((await wall('quotas'))?.facts).toEqual([
    { code: 'quotas_set', values: { settings: 'VITRINE_QUOTA_RUNS=7' } },
  ])
  expect(await wall('transport')).toMatchObject({
    state: 'in_part',
    gaps: [{ code: 'local_without_https', values: { host: '127.0.0.1' } }],
  })
})

test('an instance that listens on a port is counted there', async () => {
  const told = await settled()
  const { facts = [], gaps = [] } = wallIn(told, 'instance_addresses') ?? {}
  const counted = [...facts, ...gaps].map(({ values }) => values['count'])
  expect(counted).toEqual([told.instances.running])
  const onPorts = gaps.some(({ code }) => code === 'instances_on_ports')
  expect(told.on_ports.map(({ service_id: id }) => id)).toEqual(onPorts ? ['early'] : [])
  expect(told.on_network).toEqual([{ service_id: 'early', name: 'early', instances: 1 }])
})

test('with the sandbox switched off it is missing, and the service without one is named', async () => {
  const told = await settled()
  expect(wallIn(told, 'sandbox')).toMatchObject({
    state: 'missing',
    gaps: [{ code: 'sandbox_off' }, { code: 'instances_outside', values: { count: 1 } }],
  })
  expect(told.outside).toEqual([{ service_id: 'early', name: 'early', instances: 1 }])
})

test.skipIf(!works)(
  `a service that was started before the sandbox is named until it is restarted${works ? '' : ` (skipped: ${skipSandbox})`}`,
  async () => {
    await platform.end('SIGTERM')
    await platform.start({ VITRINE_SANDBOX: 'auto' })
    await admin.publish('late', echo())
    const before = await settled()
    expect(before.instances).toEqual({ running: 2, inside: 1, outside: 1, unknown: 0 })
    expect(before.outside.map(({ service_id }) => service_id)).toEqual(['early'])
    expect(wallIn(before, 'sandbox')).toMatchObject({
      state: 'in_part',
      gaps: [{ code: 'instances_outside', values: { count: 1 } }],
    })
    await admin.operate('restart', 'early')
    const after = await settled()
    expect(after.instances).toEqual({ running: 2, inside: 2, outside: 0, unknown: 0 })
    expect(wallIn(after, 'sandbox')).toMatchObject({ state: 'stands', gaps: [] })
  },
  180_000,
)
