import { beforeEach, expect, test } from 'vitest'
import type { LiveInstance } from '../modules/instances/live-board.ts'
import { restartUnhealthy } from './restart-unhealthy.ts'

const live = (pid: number, bad: number): LiveInstance => ({
  id: 'demo-r1-1',
  serviceId: 'demo',
  release: 1,
  replica: 1,
  endpoint: null,
  temporary: false,
  healthPath: '/health',
  healthIntervalMs: 10_000,
  startupTimeoutMs: 60_000,
  healthRestarts: 0,
  state: 'RUNNING',
  health: 'UNHEALTHY',
  reason: null,
  usage: null,
  wellSince: null,
  count: { wellAtMs: 1, bad },
  report: {
    id: 'demo-r1-1',
    account: null,
    state: 'RUNNING',
    pid,
    startedAt: null,
    exitCode: null,
    restarts: 0,
    reason: null,
    overLimit: null,
    generation: String(pid),
    endpoint: null,
    lostPort: null,
  },
})

let current: LiveInstance | null
let requests: number
let log: string[]
beforeEach(() => {
  current = live(1, 6)
  requests = 0
  log = []
})
const restart = (sync = async () => void log.push('sync')) =>
  restartUnhealthy(
    {
      instances: {
        board: {
          get: () => current,
          leave: (id) => void log.push(`leave ${id}`),
          rejoin: (id) => void log.push(`rejoin ${id}`),
          restarted: (id) => void log.push(`restarted ${id}`),
        },
        runner: {
          stop: async (id) => void log.push(`stop ${id}`),
          start: async (id) => void log.push(`start ${id}`),
        },
        inFlight: async () => Math.max(0, requests--),
      },
      instanceRows: { countHealthRestart: async (id) => void log.push(`count ${id}`) },
      gateway: { sync },
      onRestarted: ({ count }) => void log.push(`told of ${count.bad}`),
    },
    live(1, 6),
  )

test('it takes requests again if the gateway cannot be told, because its process still runs', async () => {
  const failed = restart(() => Promise.reject(new Error('the gateway is down')))
  await expect(failed).rejects.toThrow('the gateway is down')
  expect(log).toEqual(['leave demo-r1-1', 'rejoin demo-r1-1'])
})

test('it gets no more requests, its current ones are finished, and then it is restarted, counted and reported', async () => {
  requests = 2
  await restart()
  const id = 'demo-r1-1'
  expect(log).toEqual([
    ...[`leave ${id}`, 'sync', `stop ${id}`, `start ${id}`, `restarted ${id}`, 'told of 6', `count ${id}`],
  ])
  expect(requests).toBeLessThan(0)
})

test.each<[string, LiveInstance | null]>([
  ['has recovered in the meantime', live(1, 0)],
  ['has been restarted already', live(2, 6)],
  ['is gone', null],
])('an instance that %s is left alone', async (_name, now) => {
  current = now
  await restart()
  expect(log).toEqual([])
})
