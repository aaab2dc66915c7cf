import { expect, test } from 'vitest'
import { RateLimit } from './rate-limit.ts'

test('a caller gets as many requests as allowed in a window, and then the seconds to wait', () => {
  const limit = new RateLimit(2, 10_000)
  expect([limit.take('a', 0), limit.take('a', 10), limit.take('a', 2_500)]).toEqual([0, 0, 8])
})

test('callers do not count against each other', () => {
  const limit = new RateLimit(1, 10_000)
  expect([limit.take('a', 0), limit.take('b', 0)]).toEqual([0, 0])
})

test('the next window begins anew', () => {
  const limit = new RateLimit(1, 10_000)
  expect([limit.take('a', 0), limit.take('a', 9_999), limit.take('a', 10_000)]).toEqual([0, 1, 0])
})
