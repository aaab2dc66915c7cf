import { expect, test } from 'vitest'
import { isKnownBy, isRangeFor } from './entity-tags.ts'

const tag = '"abc/thumb"'

test.each<[string | undefined, boolean]>([
  [undefined, false],
  ['', false],
  ['*', true],
  [' * ', true],
  [tag, true],
  [`W/${tag}`, true],
  [`"other", ${tag}`, true],
  [`"a,b",W/"c" , W/${tag}`, true],
  ['"other"', false],
  ['"abc/thumb/more"', false],
  ['"x,"abc/thumb"', false],
  ['abc/thumb', false],
])('If-None-Match: %s, and the client has the object: %s', (header, known) => {
  expect(isKnownBy(header, tag)).toBe(known)
})

test.each<[string | undefined, boolean]>([
  [undefined, true],
  [tag, true],
  [`W/${tag}`, false],
  ['"other"', false],
  ['Wed, 21 Oct 2026 07:28:00 GMT', false],
])('If-Range: %s, and a range is sent: %s', (header, counts) => {
  expect(isRangeFor(header, tag)).toBe(counts)
})
