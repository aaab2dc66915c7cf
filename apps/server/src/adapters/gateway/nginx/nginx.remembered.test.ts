import { emptyGatewayTable, type GatewayTable } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { route } from '../gateway.test-world.ts'
import { nothingRemembered, remember, type Remembered } from './nginx.remembered.ts'

/** A table with so many services, the first of which has this number. Each has one instance with the name of its service. */
const tableOf = (count: number, first = 0): GatewayTable => ({
  ...emptyGatewayTable,
  routes: Array.from({ length: count }, (_none, index) => {
    const name = `s${first + index}`
    return route(name, [{ host: '127.0.0.1', port: 18_001 + index, instance_id: name }])
  }),
})

/** What is remembered after a table of which all routes are new. */
const rememberAll = (before: Remembered, table: GatewayTable) =>
  remember(before, { table, routes: table.routes }, true)

test('however many instances a table has, the requests of each can be counted', () => {
  const { upstreamsOf } = rememberAll(nothingRemembered, tableOf(5_000))
  expect(Object.keys(upstreamsOf)).toHaveLength(5_000)
  expect(upstreamsOf.s0).toEqual(['127.0.0.1:18001'])
})

test('of the instances that the table has no more, those that left last are remembered', () => {
  const before = rememberAll(nothingRemembered, tableOf(3_000))
  const { upstreamsOf } = rememberAll(before, tableOf(10, 3_000))
  expect(Object.keys(upstreamsOf)).toHaveLength(2_010)
  expect([upstreamsOf.s0, upstreamsOf.s2999, upstreamsOf.s3000]).toEqual([
    undefined,
    ['127.0.0.1:21000'],
    ['127.0.0.1:18001'],
  ])
})

test('an instance that nothing changes stays, however many others come and go', () => {
  const steady = tableOf(1)
  const first = rememberAll(nothingRemembered, steady)
  const { routes } = tableOf(6_000, 1)
  const { upstreamsOf } = remember(first, { table: steady, routes }, true)
  expect([upstreamsOf.s0, Object.keys(upstreamsOf).length]).toEqual([['127.0.0.1:18001'], 2_001])
})
