import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Service } from '@vitrine/contract'
import { plainGet } from '../../../../../tests/support/plain-get.ts'
import { createTestApp, testActor } from '../../../../../tests/support/test-app.ts'
import { openCallsWorld, logLine } from '../calls/calls.test-world.ts'
import { readCallLine } from '../calls/call-line.ts'
import { createMetricsRepository } from './metrics.repository.ts'
import { addPrometheusRoute } from './prometheus.routes.ts'
import { createPlatformMetrics, type PlatformMetrics } from './prometheus.ts'

const aService = (part: Partial<Service>): Service => ({
  id: 'echo',
  name: 'Echo',
  other_names: [],
  algorithm_id: 'echo',
  status: 'RUNNING',
  health: 'READY',
  reason: null,
  desired: 'running',
  asleep: false,
  mode: 'local',
  path: '/ai/echo/',
  url: 'http://127.0.0.1/ai/echo/',
  own_url: null,
  front_port: null,
  front_host: null,
  front_port_taken: null,
  auth: 'required',
  timeout_s: 60,
  rate_limit: null,
  body_mb: 1,
  keep_bodies: false,
  preview: null,
  release: 1,
  commit: null,
  replicas: 1,
  scaling: null,
  limits: {},
  network: 'all',
  idle_minutes: null,
  unhealthy_probes: null,
  group_id: null,
  instances: [],
  up_since: null,
  restarts: 0,
  owner: 'anna',
  may_operate: true,
  may_own: true,
  deploying: null,
  created_at: '2026-03-01T08:00:00.000Z',
  updated_at: '2026-03-01T08:00:00.000Z',
  ...part,
})
const anInstance = (part: Partial<Service['instances'][number]>): Service['instances'][number] => ({
  id: 'echo-r1-1',
  replica: 1,
  endpoint: null,
  pid: 1,
  node: null,
  state: 'RUNNING',
  health: 'READY',
  reason: null,
  release: 1,
  started_at: null,
  restarts: 0,
  last_end: null,
  over_limit: null,
  cpu: 0.25,
  memory_bytes: 1_000,
  open_files: 7,
  ...part,
})

let world: Awaited<ReturnType<typeof openCallsWorld>>
let app: Awaited<ReturnType<typeof createTestApp>>
let metrics: PlatformMetrics
let services: Service[]
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-metrics-'))
  world = await openCallsWorld()
  services = [aService({})]
  metrics = createPlatformMetrics({
    version: '1.2.3',
    services: async () => services,
    counts: createMetricsRepository(world),
  })
  app = await createTestApp({ scraper: { ...testActor('user'), permissions: new Set(['metrics.read']) } })
  addPrometheusRoute(app, metrics)
})
afterEach(async () => {
  await app.close()
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

const call = (part: Parameters<typeof logLine>[0]) => {
  const read = readCallLine(JSON.stringify(logLine(part)))
  if (read === null || read === 'unreadable') throw new Error('no call')
  return read
}

type Sample = { name: string; labels: Record<string, string>; value: number }
const sampleForm = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/

/** Parses the text format 0.0.4 strictly: the help and type of a family must come before its samples. */
function parseExposition(text: string): { samples: Sample[]; types: Map<string, string> } {
  const types = new Map<string, string>()
  const helped = new Set<string>()
  const samples: Sample[] = []
  expect(text.endsWith('\n')).toBe(true)
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, comment, family = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (comment === 'HELP') helped.add(family)
    else if (comment === 'TYPE') types.set(family, rest)
    else {
      const [, name = '', labelText = '', value = ''] = sampleForm.exec(line) ?? []
      const own = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')
      expect([line, types.has(own), helped.has(own)]).toEqual([line, true, true])
      const labels = [...labelText.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/g)]
      samples.push({
        name,
        labels: Object.fromEntries(labels.map(([, label = '', of = '']) => [label, of])),
        value: Number(value),
      })
      expect([line, Number.isNaN(Number(value.replace('+Inf', 'Infinity')))]).toEqual([line, value === 'Nan'])
    }
  }
  return { samples, types }
}
const exposition = async () => parseExposition(await metrics.text())
const valueOf = ({ samples }: { samples: Sample[] }, name: string, labels: Record<string, string> = {}) =>
  samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, of]) => sample.labels[label] === of),
  )?.value

test('the text is valid for Prometheus, and every name has the product’s prefix and a unit', async () => {
  metrics.addCalls([call({})], 0)
  const { samples, types } = await exposition()
  expect(samples.length).toBeGreaterThan(50)
  expect([...types.keys()].filter((name) => !name.startsWith('vitrine_'))).toEqual([])
  const counters = [...types].filter(([, type]) => type === 'counter').map(([name]) => name)
  expect(counters.filter((name) => !name.endsWith('_total'))).toEqual([])
  expect(valueOf({ samples }, 'vitrine_info', { version: '1.2.3' })).toBe(1)
  expect(valueOf({ samples }, 'vitrine_process_resident_memory_bytes')).toBeGreaterThan(1_000_000)
})

test('calls are counted by service and status class, and their duration is a histogram in seconds', async () => {
  metrics.addCalls(
    [call({ latency_ms: 40 }), call({ latency_ms: 40, status: 503 }), call({ status: 700 })],
    1,
  )
  metrics.addCalls([call({ latency_ms: 90_000 })], 3)
  const found = await exposition()
  const calls = (status_class: string) =>
    valueOf(found, 'vitrine_calls_total', { service_id: 'echo', status_class })
  expect(['2xx', '5xx', 'other', '4xx'].map(calls)).toEqual([2, 1, 1, undefined])
  const bucket = (le: string) =>
    valueOf(found, 'vitrine_call_duration_seconds_bucket', { service_id: 'echo', le })
  expect(['0.025', '0.05', '60', '+Inf'].map(bucket)).toEqual([1, 3, 3, 4])
  expect(valueOf(found, 'vitrine_call_bytes_total', { direction: 'out' })).toBe(800)
  expect(valueOf(found, 'vitrine_access_log_unreadable_lines_total')).toBe(4)
})

test('services, their instances and their usage are reported', async () => {
  services = [
    aService({
      restarts: 3,
      instances: [anInstance({}), anInstance({ cpu: 0.5, state: 'RUNNING', open_files: null })],
    }),
    aService({ id: 'other', status: 'FATAL', health: 'UNKNOWN' }),
  ]
  const found = await exposition()
  const of = (name: string, labels: Record<string, string>) => valueOf(found, `vitrine_${name}`, labels)
  expect(['RUNNING', 'FATAL', 'STOPPED'].map((status) => of('services', { status }))).toEqual([1, 1, 0])
  const echo = { service_id: 'echo' }
  expect(of('service_instances', echo)).toBe(2)
  expect(of('service_restarts_total', echo)).toBe(3)
  expect(of('service_cpu_cores', echo)).toBe(0.75)
  expect(of('service_memory_bytes', echo)).toBe(2_000)
  expect(of('service_open_files', echo)).toBe(7)
  expect([of('service_ready', echo), of('service_ready', { service_id: 'other' })]).toEqual([1, 0])
  expect(of('service_cpu_cores', { service_id: 'other' })).toBeUndefined()
})

test('a deleted service has no series, even if a log line names it', async () => {
  metrics.addCalls([call({}), call({ service_id: 'made-up' })], 0)
  expect((await exposition()).samples.some(({ labels }) => labels.service_id === 'made-up')).toBe(false)
  services = []
  const left = (await exposition()).samples.filter(({ labels }) => labels.service_id !== undefined)
  expect(left).toEqual([])
})

test('the next service with the ID of a deleted one is counted from zero', async () => {
  metrics.addCalls([call({})], 0)
  metrics.forgetCalls('echo')
  metrics.addCalls([call({})], 0)
  const counted = valueOf(await exposition(), 'vitrine_calls_total', {
    service_id: 'echo',
    status_class: '2xx',
  })
  expect(counted).toBe(1)
})

const statusOf = async (request: { remoteAddress?: string; headers?: Record<string, string> }) =>
  (await app.inject({ url: '/metrics', ...request })).statusCode

/** Asks over a unix socket, as only programs can that may open it. */
async function statusOverSocket(headers: Record<string, string>): Promise<number> {
  const socketPath = join(folder, 'api.sock')
  return (await plainGet('http://localhost/metrics', { method: 'GET', headers, socketPath })).status
}

test('only who may open the control plane’s socket is answered without a key, and no forwarded request is', async () => {
  await app.listen({ path: join(folder, 'api.sock') })
  expect(await statusOverSocket({})).toBe(200)
  for (const remoteAddress of ['127.0.0.1', '::1', '10.0.0.7'])
    expect(await statusOf({ remoteAddress })).toBe(401)
  for (const name of [
    'x-forwarded-for',
    'x-real-ip',
    'forwarded',
    'via',
    'x-forwarded-host',
    'x-forwarded-proto',
  ])
    expect([name, await statusOverSocket({ [name]: '127.0.0.1' })]).toEqual([name, 401])
})

test('from elsewhere the permission to read metrics is needed, which no role has', async () => {
  const from = (role: string) => statusOf({ remoteAddress: '10.0.0.7', headers: { 'x-test-role': role } })
  expect([await from('admin'), await from('user'), await from('scraper')]).toEqual([403, 403, 200])
})

test('how long the rounds took is a histogram in seconds', async () => {
  metrics.addRound(0.02)
  metrics.addRound(3)
  const text = await exposition()
  expect(valueOf(text, 'vitrine_reconcile_duration_seconds_bucket', { le: '0.05' })).toBe(1)
  expect(valueOf(text, 'vitrine_reconcile_duration_seconds_count')).toBe(2)
  expect(valueOf(text, 'vitrine_reconcile_duration_seconds_sum')).toBeCloseTo(3.02)
})
