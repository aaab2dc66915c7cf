import { expect, test } from 'vitest'
import { z } from 'zod'
import { json, newSlug, slug } from './common.ts'
import { rule } from './issue-rules.ts'

test.each(['logs', 'config', 'status', 'deploy'])(
  'nothing new may be called %s, which stands for something else beside the services',
  (word) => {
    expect(newSlug.safeParse(word).error?.issues[0]?.message).toBe(rule('field.reserved'))
    // What has the name already is still found by it.
    expect(slug.safeParse(word).success).toBe(true)
  },
)

test('a word that only begins like a reserved one may be given', () => {
  expect(newSlug.safeParse('config-2').success).toBe(true)
})

test.each([null, true, 0.5, '', [], {}, { a: [1, { b: null }] }])('%j is JSON', (value) => {
  expect(json.parse(value)).toEqual(value)
})

test.each([
  ['nothing', undefined],
  ['what is no number', Number.NaN],
  ['a number without end', Number.POSITIVE_INFINITY],
  ['a date', new Date(0)],
  ['a function deep inside', { a: [{ b: () => 1 }] }],
  ['a hole in a list', [undefined]],
  ['a large integer', 1n],
])('%s is not JSON', (_what, value) => {
  expect(json.safeParse(value).success).toBe(false)
})

test('a field that may be any JSON must be there', () => {
  expect(z.object({ data: json }).safeParse({}).success).toBe(false)
})
