import { expect, test } from 'vitest'
import { withoutComment } from './without-comment.ts'

test.each([
  ['a==1  # why # not', 'a==1 '],
  ['a==1\t# why', 'a==1'],
  ['a @ https://example.org/a#egg=a', 'a @ https://example.org/a#egg=a'],
  ['a # up to the end, \u2028also behind a separator', 'a'],
  ['', ''],
])('%j without its comment is %j', (line, rest) => {
  expect(withoutComment(line)).toBe(rest)
})
