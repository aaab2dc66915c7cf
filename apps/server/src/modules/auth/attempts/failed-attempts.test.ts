import { expect, test } from 'vitest'
import { settableConfig } from '../../../../../../tests/support/settable-config.ts'
import { attemptLimitsOf, type AttemptLimit } from './attempt-limits.ts'
import { afterFailure, blockedForMs, type FailureCount } from './failed-attempts.ts'

const start = new Date('2026-03-01T08:00:00Z')
const later = (ms: number) => new Date(start.getTime() + ms)
const minute = 60_000

const usual = attemptLimitsOf(settableConfig())('name')

function failTimes(times: number, limit: AttemptLimit = usual): FailureCount | null {
  let count: FailureCount | null = null
  for (let each = 0; each < times; each += 1) count = afterFailure(count, limit, start)
  return count
}

test('failures within the free number do not block', () => {
  expect(blockedForMs(failTimes(4), usual, start)).toBe(0)
})

test('after the free number, each further failure doubles the block, up to an hour', () => {
  const blocks = [5, 6, 7, 8, 30].map((times) => blockedForMs(failTimes(times), usual, start) / 1000)
  expect(blocks).toEqual([30, 60, 120, 240, 3600])
})

test('a block ends by itself', () => {
  expect(blockedForMs(failTimes(5), usual, later(30_001))).toBe(0)
})

test('one failure is forgotten for every ten minutes after the last one', () => {
  expect(afterFailure(failTimes(4), usual, later(20 * minute)).failures).toBe(3)
  expect(afterFailure(failTimes(4), usual, later(600 * minute)).failures).toBe(1)
})

test('other limits change the number, the blocks and when a failure is forgotten', () => {
  const limit = { free: 2, firstBlockMs: 5_000, longestBlockMs: 12_000, forgetOneMs: minute }
  const blocks = [1, 2, 3, 4, 9].map((times) => blockedForMs(failTimes(times, limit), limit, start))
  expect(blocks).toEqual([0, 5_000, 10_000, 12_000, 12_000])
  expect(afterFailure(failTimes(4, limit), limit, later(4 * minute)).failures).toBe(2)
})

test('the limits of now decide about a block that began under others', () => {
  const count = failTimes(30)
  expect(blockedForMs(count, { ...usual, longestBlockMs: minute }, later(10_000))).toBe(50_000)
  expect(blockedForMs(count, { ...usual, free: 31 }, start)).toBe(0)
})
