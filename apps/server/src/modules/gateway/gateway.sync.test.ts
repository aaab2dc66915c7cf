import { expect, test } from 'vitest'
import type { GatewayTable } from '@vitrine/contract'
import type { Gateway } from '../../adapters/gateway/gateway.ts'
import { createGatewaySync } from './gateway.sync.ts'

const empty: Omit<GatewayTable, 'revision'> = {
  version: 1,
  public: { host: '127.0.0.1', port: 8000 },
  control: null,
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
  const first = sync()
  const second = sync()
  await expect(first).rejects.toThrow('refused')
  await second
  expect(applied).toEqual([0])
})
