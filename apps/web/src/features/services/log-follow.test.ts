import { expect, test } from 'vitest'
import { followsAfter, type LogPlace } from './log-follow.ts'

const window = 400
const at = (top: number, height = 2000): LogPlace => ({ top, height, window })
const end = at(1600)

test.each([
  ['a finger or the scrollbar moves it up', true, end, at(1590), false],
  ['it is moved up slowly', true, at(1598), at(1597), false],
  ['a position is rounded', true, end, at(1599.5), true],
  ['it becomes shorter, and the browser moves it', true, end, at(600, 1000), true],
  ['new lines are scrolled to', true, end, at(1700, 2100), true],
  ['more lines have come before it is at their end', true, end, at(1700, 2300), true],
  ['it is moved up further', false, at(1000), at(900), false],
  ['it is moved down, but not to the end', false, at(900), at(1000), false],
  ['it is moved down to the end', false, at(1500), at(1599), true],
])('the end of a log: %s', (_what, follows, before, now, after) => {
  expect(followsAfter(follows, before, now)).toBe(after)
})
