import { expect, test } from 'vitest'
import { emptyGatewayTable, type GatewayRoute, type GatewayTable } from './gateway.ts'
import { routeTo } from './gateway.test-setup.ts'
import { changeBetween, withChange } from './gateway-change.ts'
import { readServableChange } from './servable-routes.ts'
import { changeToStore, readStoredTable } from './stored-table.ts'

const tableOf = (revision: number, routes: GatewayRoute[]): GatewayTable => ({
  ...emptyGatewayTable,
  public: { host: '127.0.0.1', port: 8000 },
  revision,
  routes,
})
const [a, b, c] = [routeTo('a'), routeTo('b'), routeTo('c')]

test('a change has the routes that are other objects than before, and the services that are gone; made of the one table, it gives the other', () => {
  const changed = routeTo('b', { state: 'up' })
  const [before, after] = [tableOf(1, [a, b, c]), tableOf(2, [a, changed, routeTo('d')])]
  const change = changeBetween(before, after)
  expect(change).toEqual({
    version: 1,
    base: 1,
    revision: 2,
    routes: [changed, routeTo('d')],
    removed: ['c'],
  })
  const made = change && withChange(before, change)
  expect(made).toEqual(after)
  expect(made?.routes[0]).toBe(a)
})

test('there is no change where more than routes differs, or a service has two routes', () => {
  const before = tableOf(1, [a])
  expect(changeBetween(before, { ...before, control: { host: '127.0.0.1', port: 1 } })).toBeNull()
  expect(changeBetween(before, tableOf(2, [a, routeTo('a')]))).toBeNull()
})

test('a changed route is served beside those that stay: one with the path or the port of another is left out, and its former one is gone', () => {
  const front = { host: '127.0.0.1', port: 8001 }
  const table = tableOf(1, [routeTo('a', { front }), b, c])
  const routes = [routeTo('b', { front }), routeTo('c', { path: '/ai/a/' }), { service_id: 'd' }]
  const { change, leftOut } = readServableChange(table, {
    version: 1,
    base: 1,
    revision: 2,
    routes,
    removed: [],
  })
  expect(leftOut.map(({ service_id, part }) => `${service_id} ${part}`)).toEqual([
    'b front',
    'c route',
    'd route',
  ])
  expect(withChange(table, change).routes).toEqual([routeTo('a', { front }), b])
})

test('two services exchange their front ports in one change', () => {
  const fronts = [8001, 8002].map((port) => ({ host: '127.0.0.1', port }))
  const [one = null, two = null] = fronts
  const table = tableOf(1, [routeTo('a', { front: one }), routeTo('b', { front: two })])
  const routes = [routeTo('a', { front: two }), routeTo('b', { front: one })]
  const read = readServableChange(table, { version: 1, base: 1, revision: 2, routes, removed: [] })
  expect([read.leftOut, read.change.routes]).toEqual([[], routes])
})

const many = Array.from({ length: 200 }, (_none, index) => routeTo(`s${index}`))

test('of a large table what has changed since the whole is stored, which is read with it; a small one, or one with many changes, is stored whole', () => {
  const whole = tableOf(1, many)
  const now = tableOf(3, [...many.slice(0, -2), routeTo('s198', { state: 'up' })])
  const change = changeToStore(whole, now)
  expect(change).toMatchObject({ base: 1, revision: 3, removed: ['s199'] })
  expect(readStoredTable(whole, change)).toEqual(now)
  expect(changeToStore(null, now)).toBeNull()
  expect(changeToStore(whole, tableOf(2, many.slice(30)))).toBeNull()
  expect(changeToStore(tableOf(1, [a, b]), tableOf(2, [a]))).toBeNull()
})

test('a stored change of another table does not count', () => {
  const whole = tableOf(4, many)
  const change = changeToStore(tableOf(1, many), tableOf(3, many.slice(1)))
  expect(change).not.toBeNull()
  expect(readStoredTable(whole, change)).toEqual(whole)
})
