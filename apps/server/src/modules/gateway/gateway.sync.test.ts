import { afterEach, expect, test, vi } from 'vitest'
import { plainEdge, type GatewayRoute, type GatewayTable } from '@vitrine/contract'
import type { Gateway } from '../../adapters/gateway/gateway.ts'
import { gatewayRefused } from '../../adapters/gateway/gateway.errors.ts'
import { createGatewaySync, type GatewayTables } from './gateway.sync.ts'

const empty: Omit<GatewayTable, 'revision'> = {
  version: 1,
  public: { host: '127.0.0.1', port: 8000 },
  edge: plainEdge,
  control: null,
  wake: null,
  jwt: { issuer: 'vitrine', public_key: {} },
  routes: [],
}

const opened: GatewayTables[] = []
afterEach(() => {
  for (const one of opened.splice(0)) one.close()
  vi.useRealTimers()
})

/** Keeps the table of a test gateway up to date. `held` are the front ports that other programs use. */
function syncOf(
  deps: Pick<Parameters<typeof createGatewaySync>[0], 'gateway' | 'render'>,
  held: ReadonlySet<number> = new Set(),
) {
  const told: string[][] = []
  const tables = createGatewaySync({
    ...deps,
    isFree: async (_host, port) => !held.has(port),
    onFrontProblems: (ids) => void told.push([...ids]),
    onError: (error) => {
      throw error
    },
  })
  opened.push(tables)
  return { ...tables, told }
}

function recorder(apply: (table: GatewayTable) => Promise<void> = async () => {}) {
  const applied: number[] = []
  const gateway: Gateway = {
    kind: 'embedded',
    open: async () => {},
    apply: async (table) => {
      await apply(table)
      applied.push(table.control?.port ?? 0)
    },
    applyKeys: async () => {},
    inFlight: async () => 0,
    close: async () => {},
    shutdown: async () => {},
  }
  return { gateway, applied }
}

test('calls during an update share one more update, which sees everything that happened before it', async () => {
  let port = 1
  const { gateway, applied } = recorder()
  const { sync } = syncOf({
    gateway,
    render: async () => ({ ...empty, control: { host: '127.0.0.1', port } }),
  })
  const first = sync()
  port = 2
  const second = sync()
  port = 3
  const third = sync()
  await Promise.all([first, second, third])
  expect(applied.at(-1)).toBe(3)
  expect(applied.length).toBeLessThanOrEqual(2)
})

test('an unchanged table is not applied again', async () => {
  const { gateway, applied } = recorder()
  const { sync } = syncOf({ gateway, render: async () => empty })
  await sync()
  await sync()
  expect(applied).toEqual([0])
})

test('a refused table is reported to its caller, and the next one is still tried', async () => {
  let attempts = 0
  const { gateway, applied } = recorder(async () => {
    if (attempts++ === 0) throw new Error('refused')
  })
  const { sync } = syncOf({ gateway, render: async () => empty })
  await expect(sync()).rejects.toThrow('refused')
  await sync()
  expect(applied).toEqual([0])
})

const routeTo = (id: string, port: number): GatewayRoute => ({
  service_id: id,
  release: 1,
  path: `/ai/${id}/`,
  front: { host: '127.0.0.1', port },
  state: 'stopped',
  upstreams: [],
  auth: 'required',
  rate_limit: null,
  body_bytes: 1,
  timeout_ms: 1,
})
const holder = { pid: 7, command: 'node other.js' }

/** A gateway that opens every front port except the held ones. */
function withFronts(held: Set<number>) {
  const tables: GatewayTable[] = []
  const { gateway } = recorder(async (table) => {
    const taken = table.routes.find(({ front }) => front && held.has(front.port))?.front
    if (taken) throw gatewayRefused({ reason: 'EADDRINUSE', address: `${taken.host}:${taken.port}`, holder })
    tables.push(table)
  })
  const routes = [routeTo('a', 8001), routeTo('b', 8002)]
  const kept = syncOf({ gateway, render: async () => ({ ...empty, routes }) }, held)
  const fronts = () => tables.at(-1)?.routes.map(({ front }) => front?.port ?? null)
  return { ...kept, tables, fronts }
}

test('a front port that another program holds is closed for its own service only, and the holder is named', async () => {
  const { sync, frontProblem, fronts, told } = withFronts(new Set([8001]))
  await sync()
  expect(fronts()).toEqual([null, 8002])
  expect(frontProblem('a')).toEqual({ host: '127.0.0.1', port: 8001, holder })
  expect([frontProblem('b'), told]).toEqual([null, [['a']]])
})

test('it opens by itself as soon as it is free; until then no table is applied for it', async () => {
  vi.useFakeTimers()
  const held = new Set([8001])
  const { sync, frontProblem, fronts, told, tables } = withFronts(held)
  await sync()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(tables.length).toBe(1)
  held.clear()
  await vi.advanceTimersByTimeAsync(1_100)
  expect([fronts(), frontProblem('a'), told]).toEqual([[8001, 8002], null, [['a'], ['a']]])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(tables.length).toBe(2)
})

test('an unchanged table is not applied again while another program holds a front port', async () => {
  const { sync, tables } = withFronts(new Set([8001]))
  await sync()
  await sync()
  expect(tables.length).toBe(1)
})
