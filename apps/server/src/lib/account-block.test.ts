import { expect, test } from 'vitest'
import { jobsOf, platformOf, servicesOf } from './account-block.ts'

test.each([10_000, 1_000, 100])('every number of a block of %i has one purpose', (size) => {
  const block = { first: 20_000, size }
  const all = (part: { first: number; size: number }) =>
    Array.from({ length: part.size }, (_, at) => part.first + at)
  const numbers = [block.first, ...all(jobsOf(block)), platformOf(block), ...all(servicesOf(block))]
  expect(numbers).toEqual(all(block))
  expect(servicesOf(block).size).toBe((size * 9) / 10)
})
