import { expect, test } from 'vitest'
import { afterFailure, blockedForMs, type FailureCount } from './auth.attempts.state.ts'

const start = new Date('2026-03-01T08:00:00Z')
const later = (ms: number) => new Date(start.getTime() + ms)
const minute = 60_000

function failTimes(times: number, free: number): FailureCount | null {
  let count: FailureCount | null = null
  for (let each = 0; each < times; each += 1) count = afterFailure(count, free, start)
  return count
}

test('failures below the free number do not block', () => {
  expect(blockedForMs(failTimes(4, 5), start)).toBe(0)
})

test('from the free number on, each further failure blocks twice as long, an hour at most', () => {
  const blocks = [5, 6, 7, 8, 30].map((times) => blockedForMs(failTimes(times, 5), start) / 1000)
  expect(blocks).toEqual([30, 60, 120, 240, 3600])
})

test('a block ends by itself', () => {
  expect(blockedForMs(failTimes(5, 5), later(30_001))).toBe(0)
})

test('one failure is forgotten for every ten minutes after the last', () => {
  expect(afterFailure(failTimes(4, 5), 5, later(20 * minute)).failures).toBe(3)
  expect(afterFailure(failTimes(4, 5), 5, later(600 * minute)).failures).toBe(1)
})
