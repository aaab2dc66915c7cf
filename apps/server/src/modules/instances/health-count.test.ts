import { describe, expect, test } from 'vitest'
import type { ServiceHealth } from '@vitrine/contract'
import { countProbe, freshCount, nextHealthRestart, type HealthCount } from './health-count.ts'

const startupTimeoutMs = 60_000
const young = { livesMs: 5_000, startupTimeoutMs }
const old = { livesMs: 90_000, startupTimeoutMs }
const wasWell: HealthCount = { wellAtMs: 3_000, bad: 2 }

describe('failed probes in a row', () => {
  test.each<[string, HealthCount, ServiceHealth, typeof young, number]>([
    ['READY ends the row', wasWell, 'READY', old, 0],
    ['BUSY is as well as READY', wasWell, 'BUSY', old, 0],
    ['UNHEALTHY is bad', wasWell, 'UNHEALTHY', old, 3],
    ['UNHEALTHY is bad as soon as it was well once, however young it is', wasWell, 'UNHEALTHY', young, 3],
    ['DEFUNCT is bad', wasWell, 'DEFUNCT', old, 3],
    ['not to listen any more is bad', wasWell, 'UNKNOWN', young, 3],
    ['a setup that failed would fail again', wasWell, 'SETUP_FAILED', old, 0],
    ['one that starts up may answer anything', freshCount, 'UNHEALTHY', young, 0],
    ['one that starts up need not listen', freshCount, 'UNKNOWN', young, 0],
    ['STARTING within the time for it is no fault', freshCount, 'STARTING', young, 0],
    ['STARTING again within that time is no fault either', wasWell, 'STARTING', young, 0],
    ['STARTING after that time is bad', freshCount, 'STARTING', old, 1],
    ['never to have listened after that time is bad', freshCount, 'UNKNOWN', old, 1],
  ])('%s', (_name, before, health, timing, bad) => {
    expect(countProbe(before, health, timing).bad).toBe(bad)
  })

  test('the age at which it was last well is remembered', () => {
    const count = countProbe(countProbe(freshCount, 'BUSY', young), 'UNHEALTHY', old)
    expect(count).toEqual({ wellAtMs: 5_000, bad: 1 })
  })
})

describe('restarting because of health', () => {
  test.each<[string, Partial<HealthCount>, number | null, number, number | null]>([
    ['not before there are as many bad probes as it takes', { bad: 5 }, 6, 0, null],
    ['after so many', { bad: 6 }, 6, 0, 1],
    ['never where it is not wanted', { bad: 1_000_000 }, null, 0, null],
    ['the second time after twice as many', { bad: 11 }, 6, 1, null],
    ['and then it is done', { bad: 12 }, 6, 1, 2],
    ['later after 32 times as many', { bad: 6 * 32 - 1 }, 6, 9, null],
    ['and never after more', { bad: 6 * 32 }, 6, 9, 10],
    ['one that was well for ten minutes begins anew', { bad: 6, wellAtMs: 600_000 }, 6, 9, 1],
    ['one that was well for less does not', { bad: 6, wellAtMs: 599_999 }, 6, 1, null],
  ])('%s', (_name, count, probes, before, expected) => {
    expect(nextHealthRestart({ ...freshCount, ...count }, probes, before)).toBe(expected)
  })
})
