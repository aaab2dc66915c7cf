import { expect, test } from 'vitest'
import { z } from 'zod'
import { json, newSlug, slug } from './common.ts'
import { rule } from './issue-rules.ts'

test.each(['logs', 'config', 'status', 'deploy'])(
  'the reserved word %s cannot be the id of something new',
  (word) => {
    expect(newSlug.safeParse(word).error?.issues[0]?.message).toBe(rule('field.reserved'))
    // An existing object with this id can still be found.
    expect(slug.safeParse(word).success).toBe(true)
  },
)

test('a word that only begins with a reserved one is allowed', () => {
  expect(newSlug.safeParse('config-2').success).toBe(true)
})

test.each([null, true, 0.5, '', [], {}, { a: [1, { b: null }] }])('%j is JSON', (value) => {
  expect(json.parse(value)).toEqual(value)
})

test.each([
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['a date', new Date(0)],
  ['a function deep inside', { a: [{ b: () => 1 }] }],
  ['a hole in a list', [undefined]],
  ['a large integer', 1n],
])('%s is not JSON', (_what, value) => {
  expect(json.safeParse(value).success).toBe(false)
})

test('a field for any JSON is still required', () => {
  expect(z.object({ data: json }).safeParse({}).success).toBe(false)
})
