import { expect, test } from 'vitest'
import { sparkPaths } from './spark-path.ts'

const size = { width: 40, height: 22 }

test('the largest value reaches the top and zero stands on the floor', () => {
  expect(sparkPaths([0, 5, 10], size)).toEqual({
    line: 'M0.0 21.0L20.0 11.0L40.0 1.0',
    area: 'M0.0 21L0.0 21.0L20.0 11.0L40.0 1.0L40.0 21Z',
  })
})

test('nothing is drawn where nothing is known', () => {
  expect(sparkPaths([1, 1, null, 1, 1], size).line).toBe('M0.0 1.0L10.0 1.0M30.0 1.0L40.0 1.0')
  expect(sparkPaths([null, null], size)).toEqual({ line: '', area: '' })
})

test('a value alone between gaps is a dot', () => {
  expect(sparkPaths([null, 3, null], size).line).toBe('M20.0 1.0h0')
})

test('zeros alone are a line on the floor', () => {
  expect(sparkPaths([0, 0], size).line).toBe('M0.0 21.0L40.0 21.0')
})
