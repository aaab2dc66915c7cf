import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { withoutLeftOut, type GatewayRoute, type GatewayTable } from '@vitrine/contract'
import type { RouteProblem } from '../../adapters/gateway/route-problems.ts'
import { closeAll, empty, recorder, routeTo, syncOf } from './gateway.sync.test-world.ts'

afterEach(() => {
  closeAll()
  vi.useRealTimers()
})

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

test('a table that is to be applied again during an update is applied once more after it', async () => {
  const { gateway, applied } = recorder()
  const again: Promise<number>[] = []
  const { sync, reapply } = syncOf({
    gateway,
    render: async () => {
      await setImmediate()
      if (again.length === 0) again.push(reapply())
      return empty
    },
  })
  await sync()
  await Promise.all(again)
  expect(applied).toEqual([0, 0])
})

test('a refused table is reported to its caller, and the next one is still tried', async () => {
  let attempts = 0
  const { gateway, applied } = recorder(async () => {
    if (attempts++ === 0) throw new Error('refused')
    return []
  })
  const { sync } = syncOf({ gateway, render: async () => empty })
  await expect(sync()).rejects.toThrow('refused')
  await sync()
  expect(applied).toEqual([0])
})

test('an update that fails is repeated, less and less often, until one succeeds, although nothing changes any more', async () => {
  vi.useFakeTimers()
  let isAway = true
  const attempts: number[] = []
  const { gateway, applied } = recorder(async () => {
    attempts.push(Date.now())
    if (isAway) throw new Error('the gateway does not answer')
    return []
  })
  const failed: unknown[] = []
  const { sync } = syncOf({ gateway, render: async () => empty, onError: (error) => void failed.push(error) })
  await expect(sync()).rejects.toThrow('does not answer')
  await vi.advanceTimersByTimeAsync(70_000)
  const waits = attempts.slice(1).map((at, index) => Math.round((at - (attempts[index] ?? 0)) / 1000))
  expect(waits).toEqual([1, 2, 4, 8, 16, 30])
  expect(failed.length).toBe(waits.length)
  isAway = false
  await vi.advanceTimersByTimeAsync(30_000)
  expect(applied).toEqual([0])
  await vi.advanceTimersByTimeAsync(90_000)
  expect(applied, 'what has succeeded is not repeated').toEqual([0])
})

test('a closed front port is still checked after an update for another reason has failed', async () => {
  vi.useFakeTimers()
  const held = new Set([8001])
  let isAway = false
  const kept = withFronts(held, async () => {
    if (isAway) throw new Error('the database is away')
  })
  await kept.sync()
  isAway = true
  await expect(kept.sync()).rejects.toThrow('the database is away')
  isAway = false
  await vi.advanceTimersByTimeAsync(3_000)
  held.clear()
  await vi.advanceTimersByTimeAsync(1_100)
  expect(kept.fronts()).toEqual([8001, 8002])
})

test('after a table that the gateway did not confirm, the former one is sent again', async () => {
  let port = 1
  const { gateway, applied } = recorder(async ({ control }) => {
    if (control && 'port' in control && control.port === 2) throw new Error('no answer in time')
    return []
  })
  const { sync } = syncOf({
    gateway,
    render: async () => ({ ...empty, control: { host: '127.0.0.1', port } }),
  })
  await sync()
  port = 2
  await expect(sync()).rejects.toThrow('no answer in time')
  port = 1
  await sync()
  expect(applied).toEqual([1, 1])
})

const holder = { pid: 7, command: 'node other.js' }

/** A gateway that opens every front port except the held ones. `read` comes before every table. */
function withFronts(held: Set<number>, read: () => Promise<void> = async () => {}) {
  const tables: GatewayTable[] = []
  const { gateway } = recorder(async (table) => {
    const taken = table.routes.filter(({ front }) => front && held.has(front.port))
    const ids = taken.map(({ service_id: id }) => id)
    tables.push(
      withoutLeftOut(
        table,
        ids.map((service_id) => ({ service_id, part: 'front' })),
      ),
    )
    return ids.map((service_id) => ({
      service_id,
      part: 'front',
      cause: 'held',
      reason: 'EADDRINUSE',
      holder,
    }))
  })
  const routes = [routeTo('a', 8001), routeTo('b', 8002)]
  const render = async () => {
    await read()
    return { ...empty, routes }
  }
  const kept = syncOf({ gateway, render }, held)
  const fronts = () => tables.at(-1)?.routes.map(({ front }) => front?.port ?? null)
  return { ...kept, tables, fronts }
}

test('a front port that another program holds is closed for its own service only, and the holder is named', async () => {
  const { sync, frontProblem, fronts, told } = withFronts(new Set([8001]))
  await sync()
  expect(fronts()).toEqual([null, 8002])
  expect(frontProblem('a')).toEqual({ host: '127.0.0.1', port: 8001, cause: 'held', holder })
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

/** A gateway that serves neither these front ports nor these services, whatever is free. */
function refusing(bad: { fronts?: string[]; routes?: string[] }, routes: () => GatewayRoute[]) {
  const asked: string[][] = []
  const { gateway } = recorder(async (table) => {
    asked.push(table.routes.map(({ service_id: id, front }) => (front ? id : `${id} closed`)))
    return table.routes.flatMap(({ service_id, front }): RouteProblem[] => {
      const part = bad.routes?.includes(service_id) ? 'route' : 'front'
      const isBad = part === 'route' || (front !== null && bad.fronts?.includes(service_id))
      return isBad ? [{ service_id, part, cause: 'unusable', reason: 'no', holder: null }] : []
    })
  })
  return { ...syncOf({ gateway, render: async () => ({ ...empty, routes: routes() }) }), asked }
}

test('a service that the gateway cannot serve is left out alone, and is tried again only when it changes', async () => {
  let [a, b] = [routeTo('a', 8001), routeTo('b', 8002)]
  const { sync, isLeftOut, frontProblem, asked, told, logged } = refusing({ routes: ['a'] }, () => [a, b])
  await sync()
  expect([isLeftOut('a'), isLeftOut('b'), frontProblem('a')]).toEqual([true, false, null])
  b = { ...b, state: 'up' }
  await sync()
  a = { ...a, release: 2 }
  await sync()
  expect(asked).toEqual([['a', 'b'], ['b'], ['a', 'b']])
  expect([told.length, logged.length]).toEqual([2, 2])
})

test('a front port that this gateway can never open is tried again only when it changes, or on request', async () => {
  vi.useFakeTimers()
  let a = routeTo('a', 8001)
  const { sync, reapply, frontProblem, asked, told } = refusing({ fronts: ['a'] }, () => [a])
  await sync()
  await vi.advanceTimersByTimeAsync(10_000)
  a = { ...a, state: 'up' }
  await sync()
  expect(frontProblem('a')).toMatchObject({ port: 8001, cause: 'unusable' })
  expect(asked).toEqual([['a'], ['a closed']])
  await reapply()
  a = { ...a, front: { host: '127.0.0.1', port: 8005 } }
  await sync()
  expect(asked.slice(2)).toEqual([['a'], ['a']])
  expect(told.length).toBeLessThanOrEqual(3)
})

test('a front port that moves to an address that includes its present one is opened without waiting', async () => {
  let front = { host: '127.0.0.1', port: 8001 }
  let open = ''
  const { gateway } = recorder(async ({ routes: [route] }) => {
    const wanted = route?.front ? `${route.front.host}:${route.front.port}` : ''
    const isInTheWay = open !== '' && wanted !== '' && wanted !== open
    open = isInTheWay ? '' : wanted
    return isInTheWay ? [{ service_id: 'a', part: 'front', cause: 'held', reason: 'EADDRINUSE', holder }] : []
  })
  const render = async () => ({ ...empty, routes: [{ ...routeTo('a', 8001), front }] })
  const { sync, frontProblem, told } = syncOf({ gateway, render })
  await sync()
  front = { host: '0.0.0.0', port: 8001 }
  await sync()
  expect([open, frontProblem('a'), told]).toEqual(['0.0.0.0:8001', null, []])
})
