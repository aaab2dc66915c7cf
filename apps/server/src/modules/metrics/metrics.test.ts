import { afterEach, beforeEach, expect, test } from 'vitest'
import { endpoints } from '@vitrine/contract'
import { createTestApp } from '../../../../../tests/support/test-app.ts'
import { createCallsRepository } from '../calls/calls.repository.ts'
import { openCallsWorld } from '../calls/calls.test-world.ts'
import { readCallLine } from '../calls/call-line.ts'
import { logLine } from '../calls/calls.test-world.ts'
import { addMetricRoutes } from './metrics.routes.ts'
import { UsageHistory } from './usage-history.ts'

const now = Date.parse('2026-03-01T12:00:30.000Z')
const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString()

let world: Awaited<ReturnType<typeof openCallsWorld>>
let app: Awaited<ReturnType<typeof createTestApp>>
let usage: UsageHistory
beforeEach(async () => {
  world = await openCallsWorld()
  usage = new UsageHistory()
  app = await createTestApp()
  const { services } = world
  addMetricRoutes(app, { services, calls: createCallsRepository(world), usage, clock: () => new Date(now) })
})
afterEach(async () => {
  await app.close()
  await world.close()
})

async function keep(...lines: Parameters<typeof logLine>[0][]): Promise<void> {
  const calls = lines
    .map((part) => readCallLine(JSON.stringify(logLine(part))))
    .filter((call) => call !== null && call !== 'unreadable')
  const replicaOf = (id: string) => Number(id.slice(-1))
  await world.recordings.record({ file: 'a', from: 0, to: 1, calls, replicaOf })
}
const chartsOf = async (query: string) =>
  endpoints['GET /services/{id}/metrics'].response.parse(
    (await ask(`/services/echo/metrics?${query}`)).json(),
  )
const ask = (url: string, role = 'viewer') =>
  app.inject({ url: `/api/v1${url}`, headers: { 'x-test-role': role } })

test('the charts of an hour have one point for each minute, up to now', async () => {
  await keep(
    { time: minutesAgo(0), latency_ms: 8 },
    { time: minutesAgo(0), latency_ms: 9, status: 500 },
    { time: minutesAgo(0), latency_ms: 9, status: 404 },
    { time: minutesAgo(59), latency_ms: 600 },
    { time: minutesAgo(61) },
    { time: minutesAgo(0), service_id: 'other' },
  )
  const { step_s, points } = await chartsOf('minutes=60')
  expect([step_s, points.length, points.at(-1)?.at]).toEqual([60, 60, '2026-03-01T12:00:00.000Z'])
  expect(points.at(-1)).toMatchObject({ calls: 3, errors: 1, bytes_in: 300, bytes_out: 600 })
  expect(points.at(-1)?.p95_ms).toBeGreaterThan(7)
  expect(points.at(-1)?.p95_ms).toBeLessThanOrEqual(10)
  expect(points[0]).toMatchObject({ calls: 1, errors: 0 })
  expect(points[0]?.p50_ms).toBeGreaterThan(500)
  expect(points[30]).toMatchObject({ calls: 0, p50_ms: null, p95_ms: null, cpu: null })
})

test.each([
  [5, 60, 5],
  [360, 180, 120],
  [1_440, 600, 144],
  [10_080, 3_600, 168],
])('%i minutes are %i seconds a step, %i steps, and count every call once', async (minutes, stepS, count) => {
  const times = Array.from({ length: 50 }, (_, place) => minutesAgo(((minutes - stepS / 60) * place) / 50))
  await keep(...times.map((time) => ({ time })))
  const { step_s, points } = await chartsOf(`minutes=${minutes}`)
  expect([step_s, points.length]).toEqual([stepS, count])
  expect(points.reduce((sum, { calls }) => sum + calls, 0)).toBe(50)
})

test('each replica has its own charts', async () => {
  await keep(
    { time: minutesAgo(0) },
    { time: minutesAgo(0), instance_id: 'echo-r1-2' },
    { time: minutesAgo(0), instance_id: null },
  )
  const use = { cpuTicks: 0, sampledAt: 0, memoryBytes: 50, openFiles: 3 }
  usage.add(
    [1, 2].map((replica) => ({
      id: `echo-r1-${replica}`,
      serviceId: 'echo',
      replica,
      usage: { ...use, cpu: 0.1 * replica },
    })),
    new Date(now),
  )
  const second = (await chartsOf('replica=2')).points.at(-1)
  expect(second).toMatchObject({ calls: 1, cpu: 0.2, memory_bytes: 50, open_files: 3 })
  const all = (await chartsOf('')).points.at(-1)
  expect(all).toMatchObject({ calls: 3, memory_bytes: 100, open_files: 6 })
})

test('small charts of all services have equal steps, with zeros where there were no calls', async () => {
  await keep(
    { time: minutesAgo(0), status: 502 },
    { time: minutesAgo(0) },
    { time: minutesAgo(30) },
    { time: minutesAgo(90) },
  )
  const answer = endpoints['GET /service-metrics'].response.parse(
    (await ask('/service-metrics?minutes=60&points=30')).json(),
  )
  const echo = answer.items.find(({ service_id }) => service_id === 'echo')
  const other = answer.items.find(({ service_id }) => service_id === 'other')
  expect([answer.step_s, answer.since, answer.items.length]).toEqual([120, '2026-03-01T11:01:00.000Z', 2])
  expect([echo?.calls.length, echo?.calls.at(-1), echo?.errors.at(-1)]).toEqual([30, 2, 1])
  expect(echo?.calls.reduce((sum, each) => sum + each, 0)).toBe(3)
  expect(other).toMatchObject({
    calls: Array.from({ length: 30 }, () => 0),
    memory_bytes: expect.arrayContaining([null]),
  })
})

test('small charts have fewer points if the sums are not fine enough', async () => {
  const { items, step_s } = (await ask('/service-metrics?minutes=5&points=120')).json()
  expect([step_s, items[0].calls.length]).toEqual([60, 5])
})

test('an unknown service has no charts, and invalid spans are refused', async () => {
  expect((await ask('/services/nobody/metrics')).json()).toMatchObject({
    error: { code: 'service.not_found' },
  })
  expect((await ask('/services/a%2Fb/metrics')).statusCode).toBe(422)
  expect((await ask('/services/echo/metrics?minutes=1')).statusCode).toBe(422)
  expect((await ask('/service-metrics?points=100000')).statusCode).toBe(422)
  expect((await ask('/service-metrics', 'nobody')).statusCode).toBe(401)
})
