import type { GatewayTable } from '@vitrine/contract'
import { afterEach, expect, test, vi } from 'vitest'
import { closeAll, empty, recorder, routeTo, syncOf } from './gateway.sync.test-world.ts'

afterEach(() => {
  closeAll()
  vi.useRealTimers()
})

test('only the routes of the services that may have changed are made anew, and all others stay the same objects', async () => {
  const routes = new Map([routeTo('a', 8001), routeTo('b', 8002)].map((one) => [one.service_id, one]))
  const made: string[] = []
  const tables: GatewayTable[] = []
  const { gateway } = recorder(async (table) => {
    tables.push(table)
    return []
  })
  const { sync } = syncOf({
    gateway,
    render: async () => {
      made.push('all')
      return { ...empty, routes: structuredClone([...routes.values()]) }
    },
    routesOf: async (ids) => {
      made.push(ids.join())
      return structuredClone(ids.flatMap((id) => routes.get(id) ?? []))
    },
  })
  await sync()
  routes.set('b', { ...routeTo('b', 8002), state: 'up' }).set('c', routeTo('c', 8003))
  await Promise.all([sync(['b']), sync(['c', 'b'])])
  routes.delete('a')
  await sync(['a'])
  await sync(['c'])
  await sync()
  expect(made).toEqual(['all', 'b,c', 'a', 'c', 'all'])
  expect(tables.map((table) => table.routes.map(({ service_id: id, state }) => `${id} ${state}`))).toEqual([
    ['a stopped', 'b stopped'],
    ['a stopped', 'b up', 'c stopped'],
    ['b up', 'c stopped'],
  ])
  const [first, second, third] = tables
  expect(second?.routes[0]).toBe(first?.routes[0])
  expect(third?.routes).toEqual(second?.routes.slice(1))
  expect(third?.routes[0]).toBe(second?.routes[1])
})

test('what nobody has named is found within a minute of another change, and after an update that failed', async () => {
  vi.useFakeTimers()
  let routes = [routeTo('a', 8001), routeTo('b', 8002)]
  let isAway = false
  const { gateway, applied } = recorder(async () => {
    if (isAway) throw new Error('the gateway does not answer')
    return []
  })
  const { sync } = syncOf({ gateway, render: async () => ({ ...empty, routes }) })
  await sync()
  routes = routes.map((route) => ({ ...route, state: 'up' }))
  await sync(['a'])
  expect(applied.length).toBe(2)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(applied.length).toBe(3)
  routes = routes.map((route) => ({ ...route, release: 2 }))
  isAway = true
  await expect(sync(['a'])).rejects.toThrow('does not answer')
  isAway = false
  await vi.advanceTimersByTimeAsync(1_000)
  expect(applied.length).toBe(4)
  await sync()
  expect(applied.length, 'it had both').toBe(4)
})
