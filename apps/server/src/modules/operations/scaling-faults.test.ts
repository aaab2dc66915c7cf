import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ScalingRule } from '@vitrine/contract'
import { createBus } from '../../lib/bus.ts'
import { liveInstance } from '../instances/live-instance.test-setup.ts'
import type { StoredService } from '../services/services.repository.ts'
import { storedService } from '../services/stored-service.test-setup.ts'
import { createScaler } from './scaling.ts'
import type { Scaled } from './scaling-words.ts'

const gibibyte = 1024 ** 3
const scaling: ScalingRule = { min: 1, max: 6, concurrency: 4, cool_down_seconds: 10 }
const running = (id: string, part: Partial<StoredService> = {}) =>
  storedService({ id, desired: 'running', replicas: 1, currentRelease: 1, scaling, ...part })

let rows: StoredService[]
/** The requests in progress of each service. Null if the gateway does not say it; an error if it cannot be asked. */
let loads: Record<string, number | null | Error>
/** The tasks that were begun, as “service: number of instances”. */
let begun: string[]
/** Services whose task has not ended. */
let worked: Set<string>
let asking: { now: number; most: number }
let logged: string[]
let now: number
const scalings = createBus<Scaled>()
let scaler: ReturnType<typeof createScaler>

beforeEach(() => {
  ;[rows, loads, begun, worked, logged, now] = [[], {}, [], new Set(), [], 0]
  asking = { now: 0, most: 0 }
  scaler = createScaler({
    services: { scaled: async () => rows, setByRule: async () => true },
    monitor: {
      ofService: (serviceId) => [
        liveInstance({ id: serviceId, usage: { cpu: 0, memoryBytes: gibibyte, openFiles: 0 } }),
      ],
    },
    instances: {
      inFlight: async ([instance]) => {
        asking.most = Math.max(asking.most, ++asking.now)
        await Promise.resolve()
        asking.now -= 1
        const load = loads[instance?.id ?? '']
        if (load instanceof Error) throw load
        return load === undefined ? 0 : load
      },
    },
    waitingRuns: () => 0,
    tasks: {
      now: () => 1,
      isUntouched: (id) => !worked.has(id),
      isFree: (id) => !worked.has(id),
      start: async ({ serviceId, input }) => {
        worked.add(String(serviceId))
        begun.push(`${serviceId}: ${JSON.stringify(input).match(/"replicas":(\d+)/)?.[1]}`)
      },
    },
    scalings,
    onChanged: () => {},
    freeBytes: () => 10 * gibibyte,
    clock: () => new Date(now),
    logger: pino({ level: 'error' }, { write: (line: string) => void logged.push(line) }),
  })
})
afterEach(() => scaler.close())

const pass = async (seconds: number) => {
  for (const until = now + seconds * 1000; now < until;) {
    now += 2_000
    await scaler.checkNow()
  }
}
/** The task of a service ends: with a failure, or with the number that it wanted. */
function end(serviceId: string, part: { failed: boolean }): void {
  worked.delete(serviceId)
  const words = { zh: '', en: '' }
  scalings.publish({ serviceId, from: 1, to: 2, because: words, failure: part.failed ? words : null })
}

test('a gateway that does not answer is no quiet service', async () => {
  rows = [running('a', { replicas: 3 })]
  loads.a = 11
  await pass(8)
  loads.a = null
  await pass(60)
  expect(begun).toEqual([])
  loads.a = 1
  await pass(10)
  expect(begun).toEqual([])
  await pass(2)
  expect(begun).toEqual(['a: 1'])
})

test('one service that cannot be looked at does not keep the others from their instances', async () => {
  rows = [running('broken'), running('busy')]
  loads = { broken: new Error('it cannot be asked'), busy: 8 }
  await pass(6)
  expect(begun).toEqual(['busy: 2'])
  expect(logged.map((line) => line.includes('"service":"broken"'))).toEqual([true])
})

test('the gateway is not asked about all services at once', async () => {
  rows = Array.from({ length: 60 }, (_none, index) => running(`s-${index}`))
  await pass(2)
  expect(asking.most).toBe(16)
})

test('memory that one service was promised is not given to another, in the same look or in a later one', async () => {
  rows = [running('a'), running('b'), running('c')]
  loads = { a: 24, b: 24 }
  await pass(6)
  // Nine more of one gibibyte fit.
  expect(begun).toEqual(['a: 6', 'b: 5'])
  loads.c = 24
  await pass(10)
  expect(begun).toHaveLength(2)
  end('a', { failed: true })
  await pass(2)
  expect(begun.slice(2)).toEqual(['c: 6'])
})

test('failures in a row are tried again later and later, at most an hour later, and a success ends that', async () => {
  rows = [running('a')]
  loads.a = 8
  await pass(6)
  const minutes: number[] = []
  for (let failure = 0; failure < 6; failure += 1) {
    const before = now
    end('a', { failed: true })
    const tried = begun.length
    while (begun.length === tried) await pass(2)
    minutes.push((now - before) / 60_000)
  }
  expect(minutes).toEqual([5, 10, 20, 40, 60, 60])
  end('a', { failed: false })
  await pass(2)
  end('a', { failed: true })
  await pass(298)
  const tried = begun.length
  await pass(2)
  expect(begun).toHaveLength(tried + 1)
})

test('a clock that is set back lets the pause after a failure begin anew at most, and not last for hours', async () => {
  now = 7_200_000
  rows = [running('a')]
  loads.a = 8
  await pass(6)
  end('a', { failed: true })
  now -= 7_000_000
  await pass(298)
  expect(begun).toHaveLength(1)
  // The load is known again only after some looks.
  await pass(10)
  expect(begun).toHaveLength(2)
})

test.each<[string, Partial<StoredService>]>([
  ['another rule', { scaling: { ...scaling, max: 3 } }],
  ['another release', { currentRelease: 2 }],
  ['other limits', { limits: { memory_mb: 9 } }],
])('after a failure, %s is tried at once', async (_what, part) => {
  rows = [running('a')]
  loads.a = 8
  await pass(6)
  end('a', { failed: true })
  await pass(60)
  expect(begun).toHaveLength(1)
  rows = [running('a', part)]
  await pass(2)
  expect(begun).toHaveLength(2)
})

test('a failure to add instances does not keep those that are not needed', async () => {
  rows = [running('a', { replicas: 2 })]
  loads.a = 12
  await pass(6)
  end('a', { failed: true })
  loads.a = 0
  await pass(30)
  expect(begun).toEqual(['a: 3', 'a: 1'])
})
