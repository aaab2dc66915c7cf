import { expect, test } from 'vitest'
import { RateLimit, rateLimitOf } from './rate-limit.ts'

test('a caller gets as many requests as allowed in a window, and then the seconds to wait', () => {
  const limit = new RateLimit(2, 10_000)
  expect([limit.take('a', 0), limit.take('a', 10), limit.take('a', 2_500)]).toEqual([0, 0, 8])
})

test('callers do not count against each other', () => {
  const limit = new RateLimit(1, 10_000)
  expect([limit.take('a', 0), limit.take('b', 0)]).toEqual([0, 0])
})

test('counting starts again in the next window', () => {
  const limit = new RateLimit(1, 10_000)
  expect([limit.take('a', 0), limit.take('a', 9_999), limit.take('a', 10_000)]).toEqual([0, 1, 0])
})

test('callers may have their own limits', () => {
  const limit = new RateLimit(Infinity, 10_000)
  expect([limit.take('a', 0, 1), limit.take('a', 1_000, 1), limit.take('b', 1_000, 2)]).toEqual([0, 9, 0])
})

test('a route with the same limit keeps its count, and with another limit it starts a new one', () => {
  const limit = rateLimitOf(null, { requests: 1, window_s: 10 })
  limit.take('a', 0)
  expect(rateLimitOf(limit, { requests: 1, window_s: 10 }).take('a', 0)).toBe(10)
  expect(rateLimitOf(limit, { requests: 2, window_s: 10 }).take('a', 0)).toBe(0)
  expect(rateLimitOf(limit, { requests: 1, window_s: 20 }).take('a', 0)).toBe(0)
})
