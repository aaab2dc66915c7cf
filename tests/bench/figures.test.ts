import { expect, test } from 'vitest'
import { beside, median } from './figures.ts'
import { framesOff } from './overlay.ts'

test('one slow round does not move the median', () => {
  expect(median([3, 900, 1])).toBe(3)
  expect(median([])).toBe(0)
})

test('a figure has its ratio to the one beside it; two zeros are the same', () => {
  expect(beside('a', 'ms', 3, 6)).toEqual({ name: 'a', unit: 'ms', ours: 3, theirs: 6, ratio: 0.5 })
  expect(beside('a', 'frames', 0, 0).ratio).toBe(1)
})

test('how far off boxes are is told of ours and of the clock’s by themselves, the most and the mean', () => {
  const readings = [
    { video: 10, overlay: 10, byClock: 12 },
    { video: 20, overlay: 19, byClock: 20 },
  ]
  expect(framesOff(readings)).toEqual({ ours: { most: 1, mean: 0.5 }, byClock: { most: 2, mean: 1 } })
})
