import { expect, test } from 'vitest'
import { drawnRange, isLeftBehind, lastShown, rangeWith, zoomed } from './time-range.ts'

const minute = 60_000
/** An hour, minute by minute. */
const times = Array.from({ length: 61 }, (_, place) => place * minute)
const minutes = (from: number, to: number) => ({ from: from * minute, to: to * minute })

test('zooming in halves the time around its middle or the chosen step, within the steps', () => {
  expect(zoomed(null, times, 0.5)).toEqual(minutes(15, 45))
  expect(zoomed(null, times, 0.5, 50 * minute)).toEqual(minutes(30, 60))
  expect(zoomed(minutes(0, 20), times, 0.5, 0)).toEqual(minutes(0, 10))
})

test('zooming in ends at two steps, and so does a drag over less', () => {
  expect(zoomed(minutes(10, 12), times, 0.5)).toEqual(minutes(10, 12))
  expect(drawnRange({ from: 10.4 * minute, to: 10.6 * minute }, times)).toEqual(minutes(9.5, 11.5))
})

test('zooming out shows all steps as soon as the range would be as long as they are', () => {
  expect(zoomed(minutes(5, 15), times, 2)).toEqual(minutes(0, 20))
  expect(zoomed(minutes(30, 60), times, 2)).toBeNull()
  // The steps have moved on since the range was chosen.
  expect(zoomed(minutes(-10, 25), times, 2)).toBeNull()
  expect(drawnRange(minutes(0, 60), times)).toBeNull()
})

test('a range moves with a step that is outside of it', () => {
  expect(rangeWith(minutes(10, 20), 15 * minute)).toEqual(minutes(10, 20))
  expect(rangeWith(minutes(10, 20), 9 * minute)).toEqual(minutes(9, 19))
  expect(rangeWith(minutes(10, 20), 60 * minute)).toEqual(minutes(50, 60))
  expect(rangeWith(null, 60 * minute)).toBeNull()
  expect(lastShown(minutes(10, 20), times)).toBe(20)
  expect(lastShown(null, times)).toBe(60)
})

test('a range is left behind when the steps have moved on, not while there are none', () => {
  expect(isLeftBehind(minutes(-10, 5), times)).toBe(false)
  expect(isLeftBehind(minutes(-10, 0), times)).toBe(true)
  expect(isLeftBehind(minutes(-10, -5), times)).toBe(true)
  expect(isLeftBehind(minutes(-10, -5), [])).toBe(false)
})
