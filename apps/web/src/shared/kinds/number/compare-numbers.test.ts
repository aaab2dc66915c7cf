import { expect, test } from 'vitest'
import { compareNumbers } from './compare-numbers.ts'

test.each([
  [10, 12, 2, 0.2],
  [10, 8, -2, -0.2],
  [-10, -5, 5, 0.5],
  [0, 3, 3, null],
  [4, 4, 0, 0],
])('from %d to %d', (base, value, delta, share) => {
  expect(compareNumbers(base, value)).toEqual({ base, value, delta, share })
})
