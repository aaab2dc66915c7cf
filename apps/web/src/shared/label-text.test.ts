import { expect, test } from 'vitest'
import { unseenLabel } from './label-text.ts'

test.each([
  [' ', 'space'],
  ['\u3000\t', 'space'],
  ['', 'empty'],
  ['a', null],
  [' a ', null],
])('of the label %j is said: %s', (label, expected) => {
  expect(unseenLabel(label)).toBe(expected)
})
