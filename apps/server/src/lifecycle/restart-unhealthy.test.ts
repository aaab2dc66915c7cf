import { beforeEach, expect, test } from 'vitest'
import type { LiveInstance } from '../modules/instances/instance-monitor.ts'
import { liveInstance, processReport } from '../modules/instances/live-instance.test-setup.ts'
import { restartUnhealthy } from './restart-unhealthy.ts'

const live = (pid: number, bad: number): LiveInstance =>
  liveInstance({
    health: 'UNHEALTHY',
    count: { wellAtMs: 1, bad },
    report: processReport({ pid, generation: String(pid) }),
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
        monitor: {
          get: () => current,
          withdraw: (id) => void log.push(`withdraw ${id}`),
          restore: (id) => void log.push(`restore ${id}`),
          restarted: (id) => void log.push(`restarted ${id}`),
        },
        runner: {
          stop: async (id) => void log.push(`stop ${id}`),
          start: async (id) => void log.push(`start ${id}`),
        },
        longestDrainMs: () => 60_000,
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
  expect(log).toEqual(['withdraw demo-r1-1', 'restore demo-r1-1'])
})

test('it gets no more requests, its current ones are finished, and then it is restarted, counted and reported', async () => {
  requests = 2
  await restart()
  const id = 'demo-r1-1'
  expect(log).toEqual([
    ...[`withdraw ${id}`, 'sync', `stop ${id}`, `start ${id}`, `restarted ${id}`, 'told of 6', `count ${id}`],
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
