import { expect, test } from 'vitest'
import { isTooLong, lengthOf, showsCount } from './text-length.ts'

test('characters are counted as JSON Schema counts them', () => {
  expect(['', 'ab', '你好', '👍🏽', 'a👍'].map(lengthOf)).toEqual([0, 2, 2, 2, 2])
})

test('the count is shown near the limit and above it', () => {
  expect([80, 81, 100, 101].map((count) => showsCount(count, 100))).toEqual([false, true, true, true])
})

test('without a limit, the count of a long text is shown', () => {
  expect([9_999, 10_000].map((count) => showsCount(count, null))).toEqual([false, true])
})

test('one text above the limit is enough, and values that are not texts have no length', () => {
  expect(isTooLong(['ab', 'abc'], 2)).toBe(true)
  expect(isTooLong(['👍👍', { text: 'abc' }], 2)).toBe(false)
  expect(isTooLong(['a'.repeat(200_000)], null)).toBe(false)
})
