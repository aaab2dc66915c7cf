import { describe, expect, test } from 'vitest'
import type { ServiceHealth } from '@vitrine/contract'
import { freshCount, type HealthCount } from './health-count.ts'
import { healthIntervalOf, nextProbeMs } from './health-interval.ts'

const startupTimeoutMs = 60_000
const young = { livesMs: 5_000, startupTimeoutMs }
const old = { livesMs: 90_000, startupTimeoutMs }
const wasWell: HealthCount = { wellAtMs: 3_000, bad: 2 }

describe('the next probe', () => {
  const next = (count: HealthCount, health: ServiceHealth, timing: typeof young, random = 0.5) =>
    nextProbeMs(count, health, { ...timing, intervalMs: 10_000 }, random)

  test('of a healthy process comes at its interval, varied by a fifth', () => {
    const all = [0, 0.5, 1].map((random) => Math.round(next(wasWell, 'READY', old, random)))
    expect(all).toEqual([8_000, 10_000, 12_000])
  })
  test('of a starting process comes at once, and later the longer the start takes', () => {
    expect(next(freshCount, 'UNKNOWN', { ...young, livesMs: 0 })).toBe(250)
    expect(next(freshCount, 'STARTING', { ...young, livesMs: 50_000 })).toBe(2_500)
  })
  test('after a failed probe comes soon, but not at once', () => {
    expect(next(wasWell, 'UNHEALTHY', old)).toBe(5_000)
    expect(next(freshCount, 'SETUP_FAILED', young)).toBe(5_000)
    expect(nextProbeMs(wasWell, 'UNHEALTHY', { ...old, intervalMs: 1_000 }, 0.5)).toBe(1_000)
  })
})

test('the time of the platform counts for packages that state none of their own, as it is when it is asked for', () => {
  let now = 3_000
  const platformNow = () => now
  expect(healthIntervalOf({ healthIntervalMs: 10_000 }, platformNow)).toBe(3_000)
  now = 4_000
  expect(healthIntervalOf({ healthIntervalMs: 10_000 }, platformNow)).toBe(4_000)
  expect(healthIntervalOf({ healthIntervalMs: 20_000 }, platformNow)).toBe(20_000)
  expect(healthIntervalOf({ healthIntervalMs: 10_000 })).toBe(10_000)
})
