import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { memoryRunner } from '../../adapters/process-runner/memory/memory-runner.test-setup.ts'
import { InstanceMonitor } from './instance-monitor.ts'
import { notWell, type ProbeResult } from './probe.ts'

const id = 'late-r1-1'
const endpoint = { host: '127.0.0.1', port: 18_001 }
const notListening = notWell('UNKNOWN', { code: 'not_listening', endpoint, on: [] })
const usual = { user: null, limits: {}, stdoutLog: '/dev/null', stderrLog: '/dev/null', env: {}, args: [] }

let answer: ProbeResult
/** Where it listens when this is looked up, and what happens then. */
let listening: () => number[]
/** Where it connects to without an answer. */
let awaited: { host: string; port: number }[]
let monitor: InstanceMonitor
/** The services in which something changed. */
let changes: string[]
beforeEach(async () => {
  answer = notListening
  changes = []
  awaited = []
  const runner = memoryRunner()
  monitor = new InstanceMonitor({
    runner,
    probe: async () => answer,
    portsOf: async () => listening(),
    awaitedBy: async () => awaited,
    lastLines: async () => [],
    onChange: (serviceId) => void changes.push(serviceId),
    onError: (error) => {
      throw error
    },
  })
  await runner.add([
    { ...usual, id, file: '/bin/true', cwd: '/', listens: 'port', startSeconds: 1, stopGraceMs: 100 },
  ])
  await runner.start(id)
  const watched = { id, serviceId: 'late', release: 1, replica: 1, healthPath: '/health', temporary: false }
  const times = { healthIntervalMs: 600_000, startupTimeoutMs: 60_000, configRevision: 0, healthRestarts: 0 }
  await monitor.open([{ ...watched, ...times }])
  listening = () => []
})
afterEach(() => {
  monitor.close()
  vi.useRealTimers()
})

test('a process that listens elsewhere is told where', async () => {
  listening = () => [9_000]
  expect(await monitor.lastFinding(id)).toEqual({ code: 'not_listening', endpoint, on: [9_000] })
  // On its port, but at another address.
  listening = () => [endpoint.port]
  expect(await monitor.lastFinding(id)).toEqual({ code: 'not_listening', endpoint, on: [endpoint.port] })
})

test('a process that waits for a connection is told which one', async () => {
  awaited = [{ host: '10.0.0.9', port: 27_017 }]
  expect(await monitor.lastFinding(id)).toMatchObject({ code: 'not_listening', awaits: awaited[0] })
})

test.each([
  ['answers', { health: 'READY', reason: null, found: null }, null],
  [
    'is still loading its model',
    notWell('STARTING', { code: 'states', path: '/health', status: 503, health: 'STARTING', detail: null }),
    { code: 'states', health: 'STARTING' },
  ],
] as const)(
  'a process that began to listen after its last probe, and %s, is not told to listen elsewhere',
  async (_what, now, found) => {
    listening = () => {
      answer = now
      return [endpoint.port]
    }
    const last = await monitor.lastFinding(id)
    if (found === null) expect(last).toBeNull()
    else expect(last).toMatchObject(found)
  },
)

test('a process that began to listen after a regular probe is asked again, so that nobody reads that it listens elsewhere', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  listening = () => {
    answer = { health: 'READY', reason: null, found: null }
    return [endpoint.port]
  }
  vi.setSystemTime(Date.now() + 3_500)
  expect(await monitor.probeNow(id)).toMatchObject({ health: 'READY', reason: null })
})

test('an answer that only has another text is no change, and its newest text is kept', async () => {
  const saying = (said: string) =>
    notWell('UNHEALTHY', { code: 'answers', path: '/health', status: 503, isPage: false, said })
  answer = saying('12:00:01 warming up')
  await monitor.probeNow(id)
  changes.length = 0
  answer = saying('12:00:02 warming up')
  await monitor.probeNow(id)
  expect(changes).toEqual([])
  expect(await monitor.lastFinding(id)).toMatchObject({ said: '12:00:02 warming up' })
  answer = notWell('UNHEALTHY', { code: 'answers', path: '/health', status: 500, isPage: false })
  await monitor.probeNow(id)
  expect(changes).toEqual(['late'])
})
