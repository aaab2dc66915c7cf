import { expect, test } from 'vitest'
import type { GatewayRoute, GatewayTable } from '@vitrine/contract'
import type { Gateway } from '../../adapters/gateway/gateway.ts'
import { gatewayRefused } from '../../adapters/gateway/gateway.errors.ts'
import { createGatewaySync } from './gateway.sync.ts'

const empty: Omit<GatewayTable, 'revision'> = {
  version: 1,
  public: { host: '127.0.0.1', port: 8000 },
  control: null,
  wake: null,
  jwt: { issuer: 'vitrine', public_key: {} },
  routes: [],
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

test('calls during an application share one more, which sees everything that came before it', async () => {
  let port = 1
  const { gateway, applied } = recorder()
  const { sync } = createGatewaySync({
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

test('a table that says nothing new is not applied again', async () => {
  const { gateway, applied } = recorder()
  const { sync } = createGatewaySync({ gateway, render: async () => empty })
  await sync()
  await sync()
  expect(applied).toEqual([0])
})

test('a refused table is told to its caller, and the next one is tried all the same', async () => {
  let attempts = 0
  const { gateway, applied } = recorder(async () => {
    if (attempts++ === 0) throw new Error('refused')
  })
  const { sync } = createGatewaySync({ gateway, render: async () => empty })
  await expect(sync()).rejects.toThrow('refused')
  await sync()
  expect(applied).toEqual([0])
})

test('a front port that a stranger holds costs its own service that port, and the others nothing', async () => {
  const route = (id: string, port: number): GatewayRoute => ({
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
  let last: GatewayTable | null = null
  const { gateway } = recorder(async (table) => {
    if (table.routes.some((entry) => entry.front?.port === 8001))
      throw gatewayRefused({ reason: 'EADDRINUSE', address: '127.0.0.1:8001', holder: 'node' })
    last = table
  })
  const { sync, frontProblem } = createGatewaySync({
    gateway,
    render: async () => ({ ...empty, routes: [route('a', 8001), route('b', 8002)] }),
  })
  await sync()
  expect(last).toMatchObject({
    routes: [
      { service_id: 'a', front: null },
      { service_id: 'b', front: { port: 8002 } },
    ],
  })
  expect(frontProblem('a')).toEqual({
    zh: expect.stringContaining('8001'),
    en: expect.stringContaining('8001'),
  })
  expect(frontProblem('b')).toBeNull()
})
