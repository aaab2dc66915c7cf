import { expect, test } from 'vitest'
import { sparkPaths } from './spark-path.ts'

const size = { width: 40, height: 22 }

test('the largest value is at the top and zero at the bottom', () => {
  expect(sparkPaths([0, 5, 10], size)).toEqual({
    line: 'M0.0 21.0L20.0 11.0L40.0 1.0',
    area: 'M0.0 21L0.0 21.0L20.0 11.0L40.0 1.0L40.0 21Z',
  })
})

test('unknown values are not drawn', () => {
  expect(sparkPaths([1, 1, null, 1, 1], size).line).toBe('M0.0 1.0L10.0 1.0M30.0 1.0L40.0 1.0')
  expect(sparkPaths([null, null], size)).toEqual({ line: '', area: '' })
})

test('a single value between gaps is a dot', () => {
  expect(sparkPaths([null, 3, null], size).line).toBe('M20.0 1.0h0')
})

test('zeros only are a line at the bottom', () => {
  expect(sparkPaths([0, 0], size).line).toBe('M0.0 21.0L40.0 21.0')
})
