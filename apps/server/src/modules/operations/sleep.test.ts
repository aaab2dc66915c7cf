import { pino } from 'pino'
import { beforeEach, expect, test } from 'vitest'
import type { LiveInstance } from '../instances/instance-monitor.ts'
import { liveInstance, processReport } from '../instances/live-instance.test-setup.ts'
import type { StoredService } from '../services/services.repository.ts'
import { storedService } from '../services/stored-service.test-setup.ts'
import { createSleeper, isIdle } from './sleep.ts'

const now = new Date('2026-01-01T12:00:00Z')
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000)

const report = (startedAt: Date) => processReport({ startedAt })
const instance = (part: Partial<LiveInstance> = {}) => liveInstance({ report: report(ago(600)), ...part })
const wish = (part: Partial<StoredService> = {}) => ({
  desired: 'running' as const,
  asleep: false,
  idleMinutes: 30,
  ...part,
})
const used = (minutesAgo: number | null, run: number | null = null) => ({
  lastRequestAt: minutesAgo === null ? null : ago(minutesAgo),
  lastRunAt: run === null ? null : ago(run),
})

test.each<[string, Parameters<typeof isIdle>[0], LiveInstance[], Parameters<typeof isIdle>[2], boolean]>([
  ['asked for long ago', wish(), [instance()], used(31), true],
  ['never asked for since it was started', wish(), [instance()], used(null), true],
  ['asked for a while ago', wish(), [instance()], used(29), false],
  ['run from the stage a while ago', wish(), [instance()], used(100, 5), false],
  ['just started', wish(), [instance({ report: report(ago(1)) })], used(100), false],
  [
    'of which one instance was just started',
    wish(),
    [instance(), instance({ report: report(ago(1)) })],
    used(100),
    false,
  ],
  ['that never sleeps', wish({ idleMinutes: null }), [instance()], used(null), false],
  ['that sleeps already', wish({ asleep: true }), [instance()], used(null), false],
  ['that is stopped', wish({ desired: 'stopped' }), [instance()], used(null), false],
  ['without instances', wish(), [], used(null), false],
  ['that is not ready', wish(), [instance({ health: 'STARTING' })], used(null), false],
  ['that crashes', wish(), [instance({ state: 'BACKOFF', health: 'UNKNOWN' })], used(null), false],
])('a service %s', (_name, service, serving, use, expected) => {
  expect(isIdle(service, serving, use, now)).toBe(expected)
})

const row = (id: string, part: Partial<StoredService> = {}) =>
  storedService({ id, idleMinutes: 30, createdAt: ago(900), ...part })

let began: string[]
/** The requests in progress of instances. Null if the gateway does not say it. */
let inFlight: Record<string, number | null>
let touched: Set<string>
let releases: Record<string, number>
/** The services whose last runs were asked for. */
let asked: readonly string[]
beforeEach(() => {
  began = []
  inFlight = {}
  touched = new Set()
  releases = {}
  asked = []
})
const sleeper = (rows: StoredService[]) =>
  createSleeper({
    services: { sleeping: async () => rows },
    instances: {
      monitor: {
        ofService: (id: string) => [
          instance({ id: `${id}-r1-1`, serviceId: id, release: releases[id] ?? 1 }),
        ],
      },
      inFlight: async ([one]) => {
        const requests = inFlight[one?.id ?? '']
        return requests === undefined ? 0 : requests
      },
    },
    lastRequests: { lastAt: () => null },
    lastRuns: async (ids) => {
      asked = ids
      return new Map([['ran', ago(1)]])
    },
    tasks: {
      now: () => 1,
      isUntouched: (id) => !touched.has(id),
      start: async ({ kind, serviceId }) => void began.push(`${kind} ${serviceId}`),
    },
    clock: () => now,
    logger: pino({ level: 'silent' }),
  })

test('only an idle service is put to sleep', async () => {
  const rows = ['idle', 'ran', 'busy', 'unknown', 'worked-on', 'old-release'].map((id) => row(id))
  inFlight['busy-r1-1'] = 1
  inFlight['unknown-r1-1'] = null
  touched.add('worked-on')
  releases['old-release'] = 2
  const { checkNow } = sleeper([...rows, row('never', { idleMinutes: null })])
  await Promise.all([checkNow(), checkNow()])
  expect(began).toEqual(['service.sleep idle'])
})

test('the stored runs are read only of services that have had no request', async () => {
  releases['old-release'] = 2
  const rows = [row('idle'), row('old-release'), row('never', { idleMinutes: null })]
  await sleeper([...rows, row('asleep', { asleep: true })]).checkNow()
  expect(asked).toEqual(['idle'])
})

test('a service that may no longer sleep is woken, unless it is stopped', async () => {
  const asleep = { asleep: true, idleMinutes: null }
  const rows = [row('sleeper', asleep), row('stopped', { ...asleep, desired: 'stopped' })]
  await sleeper([...rows, row('still', { asleep: true })]).checkNow()
  expect(began).toEqual(['service.wake sleeper'])
})
