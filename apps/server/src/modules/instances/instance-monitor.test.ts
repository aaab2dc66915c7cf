import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import {
  memoryRunner,
  type MemoryRunner,
} from '../../adapters/process-runner/memory/memory-runner.test-setup.ts'
import { InstanceMonitor } from './instance-monitor.ts'
import { processSpec as specOf, watchedInstance as watched } from './live-instance.test-setup.ts'
import { wellSinceBefore } from './live-instance.ts'
import { notWell, type ProbeResult, type ProbeTarget } from './probe.ts'

const id = 'demo-r1-1'
const onSocket = 'other-r1-1'

let runner: MemoryRunner
let monitor: InstanceMonitor
let changes: string[]
let answer: ProbeResult
let listening: number[]
let lookedUp: number[]
let asked: ProbeTarget[]
beforeEach(async () => {
  runner = memoryRunner()
  changes = []
  answer = { health: 'READY', reason: null, found: null }
  listening = []
  lookedUp = []
  asked = []
  monitor = new InstanceMonitor({
    runner,
    probe: async (target) => {
      asked.push(target)
      return answer
    },
    portsOf: async (pid) => {
      lookedUp.push(pid)
      return listening
    },
    lastLines: async (instance) => [`last words of ${instance.id}`],
    onChange: (serviceId) => void changes.push(serviceId),
    onError: (error) => {
      throw error
    },
  })
  for (const one of [id, 'demo-r1-c1']) await runner.add([specOf(one, 'port')])
  await monitor.open([watched(), watched({ id: 'demo-r1-c1', temporary: true })])
})
afterEach(() => {
  monitor.close()
  vi.useRealTimers()
})

const shown = () => {
  const live = monitor.get(id)
  return live && [live.state, live.health]
}

test('a running process shows its health, and a stopped one shows no health', async () => {
  expect(shown()).toEqual(['STOPPED', 'UNKNOWN'])
  await runner.start(id)
  await monitor.probeNow(id)
  expect(shown()).toEqual(['RUNNING', 'READY'])
  await runner.stop(id)
  expect(shown()).toEqual(['STOPPED', 'UNKNOWN'])
})

test('a new process of the same instance is probed again', async () => {
  await runner.start(id)
  await monitor.probeNow(id)
  answer = { health: 'STARTING', reason: null, found: null }
  runner.exitNow(id, 1)
  expect(monitor.get(id)?.health).not.toBe('READY')
})

test('an instance that is withdrawn shows as STOPPING, which is reported as a change, until its next process', async () => {
  await runner.start(id)
  await monitor.probeNow(id)
  changes.length = 0
  monitor.withdraw(id)
  monitor.withdraw(id)
  expect([shown(), changes]).toEqual([['STOPPING', 'READY'], ['demo']])
  await runner.stop(id)
  await runner.start(id)
  await monitor.probeNow(id)
  expect(shown()).toEqual(['RUNNING', 'READY'])
})

test('an instance that is restored takes requests again, which is reported as a change', async () => {
  await runner.start(id)
  await monitor.probeNow(id)
  monitor.withdraw(id)
  changes.length = 0
  monitor.restore(id)
  monitor.restore(id)
  expect([shown(), changes]).toEqual([['RUNNING', 'READY'], ['demo']])
})

test('an instance that does not run cannot be withdrawn', async () => {
  monitor.withdraw(id)
  expect(shown()).toEqual(['STOPPED', 'UNKNOWN'])
  expect(changes).toEqual(['demo'])
})

test('a temporary instance does not count as part of its service', () => {
  expect(monitor.ofService('demo').map((live) => live.id)).toEqual([id])
  expect(monitor.get('demo-r1-c1')?.temporary).toBe(true)
})

test('an instance that was given up shows the reason and its last log lines', async () => {
  await runner.start(id)
  for (let i = 0; i < 5; i++) {
    await monitor.probeNow(id)
    runner.exitNow(id, 3)
  }
  await vi.waitFor(() => expect(monitor.get(id)?.reason).toMatchObject({ lines: [`last words of ${id}`] }), {
    timeout: patienceMs,
  })
  expect(monitor.get(id)).toMatchObject({
    state: 'FATAL',
    reason: { code: 'process', reason: { code: 'crash_loop' } },
  })
  await runner.start(id)
  expect(monitor.get(id)?.reason).toBeNull()
})

test('an instance that does not listen on its port shows where it listens instead, checked only now and then', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const reason = { code: 'not_listening', endpoint: { host: '127.0.0.1', port: 18_001 }, on: [] } as const
  answer = notWell('UNKNOWN', reason)
  listening = [5000]
  await runner.start(id)
  expect((await monitor.probeNow(id))?.reason).toBeNull()
  vi.setSystemTime(Date.now() + 3_500)
  expect((await monitor.probeNow(id))?.reason).toEqual({ ...reason, on: [5000] })
  listening = [6000]
  vi.setSystemTime(Date.now() + 20_000)
  expect((await monitor.probeNow(id))?.reason).toEqual({ ...reason, on: [5000] })
  vi.setSystemTime(Date.now() + 11_000)
  expect((await monitor.probeNow(id))?.reason).toEqual({ ...reason, on: [6000] })
  expect(lookedUp.length).toBe(2)
})

test('an answer of another process at its endpoint does not count, whether healthy or not, and its own does', async () => {
  await runner.start(id)
  for (const listener of [{ foreign: { pid: 7, command: 'python3 -m http.server' } }, 'nobody'] as const)
    for (const said of [{ health: 'READY', reason: null, found: null }, bad] as const) {
      runner.setListener(listener)
      answer = said
      expect(await monitor.probeNow(id)).toMatchObject({ health: 'UNKNOWN', reason: null })
    }
  runner.setListener('own')
  answer = { health: 'READY', reason: null, found: null }
  expect(await monitor.probeNow(id)).toMatchObject({ health: 'READY' })
})

test('a process on a socket that has never answered may be about to, and one that has answered is not well', async () => {
  monitor.watch(watched({ id: onSocket }))
  await runner.add([specOf(onSocket, 'socket')])
  await runner.start(onSocket)
  for (const found of [
    { code: 'silent', path: '/health', seconds: 5 },
    { code: 'broken', path: '/health', cause: 'ECONNRESET' },
  ] as const) {
    answer = notWell('UNHEALTHY', found)
    const waiting = { health: 'UNKNOWN', reason: { code: 'not_accepting' } }
    expect(await monitor.probeNow(onSocket)).toMatchObject(waiting)
    expect(await monitor.lastFinding(onSocket)).toEqual({ code: 'not_accepting' })
  }
  answer = { health: 'READY', reason: null, found: null }
  expect(await monitor.probeNow(onSocket)).toMatchObject({ health: 'READY' })
  answer = notWell('UNHEALTHY', { code: 'silent', path: '/health', seconds: 5 })
  expect(await monitor.probeNow(onSocket)).toMatchObject({ health: 'UNHEALTHY', reason: { code: 'silent' } })
})

test('an instance that gets another port shows who took the first one, and is probed on the new port', async () => {
  await runner.start(id)
  await monitor.probeNow(id)
  asked.length = 0
  const by = { pid: 7, command: 'nc -l' }
  runner.movePort(id, { port: 18_001, by })
  expect(monitor.get(id)).toMatchObject({
    health: 'UNKNOWN',
    endpoint: { port: 18_003 },
    reason: { code: 'port_taken', port: 18_001, by },
  })
  await monitor.probeNow(id)
  const endpoint = { host: '127.0.0.1', port: 18_003 }
  expect(asked).toMatchObject([{ endpoint, path: '/health', serviceId: 'demo', instance: { id } }])
})

const bad = notWell('UNHEALTHY', { code: 'answers', path: '/health', status: 500, isPage: false })

test('failed probes count only at an instance’s regular turns, and the count ends with its process', async () => {
  await runner.start(id)
  expect((await monitor.probeNow(id))?.count.wellAtMs).toBeGreaterThanOrEqual(0)
  answer = bad
  for (let i = 0; i < 10; i++) await monitor.probeNow(id)
  expect(monitor.get(id)).toMatchObject({ health: 'UNHEALTHY', count: { bad: 0 } })
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
  await vi.waitFor(() => expect(monitor.get(id)?.count.bad).toBe(1), { timeout: patienceMs })
  runner.exitNow(id, 1)
  expect(monitor.get(id)?.count).toEqual({ wellAtMs: -1, bad: 0 })
})

test('restarts because of health are counted and reported as a change', async () => {
  changes.length = 0
  monitor.restarted(id)
  expect([monitor.get(id)?.healthRestarts, changes]).toEqual([1, ['demo']])
})

test('uptime begins with the first healthy answer, continues while it is busy, and ends with a failed probe', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-01T12:00:00Z') })
  const since = async (minutes: number, said: ProbeResult) => {
    vi.setSystemTime(new Date(`2026-03-01T12:0${minutes}:00Z`))
    answer = said
    return (await monitor.probeNow(id))?.wellSince?.toISOString().slice(11, 16)
  }
  const [well, busy] = [answer, { health: 'BUSY', reason: null, found: null }] as const
  await runner.start(id)
  expect(await since(1, { health: 'STARTING', reason: null, found: null })).toBeUndefined()
  expect(await since(2, well)).toBe('12:02')
  expect(await since(3, busy)).toBe('12:02')
  expect(await since(4, bad)).toBeUndefined()
  expect(await since(5, well)).toBe('12:05')
  runner.exitNow(id, 1)
  expect(monitor.get(id)?.wellSince).toBeNull()
})

test.each<[string, Parameters<typeof wellSinceBefore>[1], number]>([
  ['well since then', { at: new Date(2_000), health: 'READY' }, 2_000],
  ['not well', { at: new Date(2_000), health: 'UNHEALTHY' }, 9_000],
  ['well, of an earlier process', { at: new Date(500), health: 'READY' }, 9_000],
  ['nothing', null, 1_000],
])('a process that was found running, with %s noted, is up since %d', (_name, noted, expected) => {
  const report = {
    ...({
      id,
      account: null,
      state: 'RUNNING',
      pid: 1,
      exitCode: null,
      overLimit: null,
      lastEnd: null,
      lastEndAt: null,
      restarts: 0,
    } as const),
    generation: '1',
    endpoint: null,
    lostPort: null,
  }
  const found = wellSinceBefore(
    { ...report, reason: null, startedAt: new Date(1_000) },
    noted,
    new Date(9_000),
  )
  expect(found.getTime()).toBe(expected)
})

test('a health path that is not known is looked for until it is found, and is then kept for later processes', async () => {
  monitor.watch(watched({ healthPath: null }))
  answer = notWell('UNKNOWN', { code: 'broken', path: '/health', cause: 'not yet' })
  await runner.start(id)
  await monitor.probeNow(id)
  expect(monitor.get(id)?.healthPath).toBeNull()
  answer = { health: 'READY', reason: null, found: null, at: '/ping' }
  await monitor.probeNow(id)
  expect(monitor.get(id)?.healthPath).toBe('/ping')
  await runner.stop(id)
  await runner.start(id)
  asked.length = 0
  await monitor.probeNow(id)
  expect(asked.map(({ path }) => path)).toEqual(['/ping'])
})

test('of hundreds of probes that are due at once, others have their turn after each few', async () => {
  const ids = Array.from({ length: 40 }, (_, index) => `many-r1-${index}`)
  await runner.add(ids.map((one) => specOf(one, 'port')))
  for (const one of ids) {
    monitor.watch(watched({ id: one, serviceId: 'many' }))
    await runner.start(one)
  }
  // Not the list of all looks: a machine with nothing else to do looks a hundred thousand times.
  let [most, before] = [0, 0]
  const look = () => {
    most = Math.max(most, asked.length - before)
    before = asked.length
    if (asked.length < ids.length) setImmediate(look)
  }
  look()
  await vi.waitFor(() => expect(asked).toHaveLength(ids.length), { timeout: patienceMs })
  expect(most).toBeLessThanOrEqual(16)
})
