import type { ApiOperation, WrittenField } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { blankWritten, mappingOf, settle, writtenProblem, type Written } from './written.ts'

const field = (name: string, change: Partial<WrittenField> = {}): WrittenField => ({
  name,
  place: 'body',
  type: 'text',
  required: false,
  ...change,
})
const written = (change: Partial<Written> = {}): Written => ({
  ...blankWritten(),
  path: '/reverse',
  ...change,
})
const roles = (operation: ApiOperation | null) =>
  operation?.fields.map(({ name, value }) => [name, value.from])

test('what a person begins with can be tried at once', () => {
  expect(writtenProblem(blankWritten())).toBeNull()
  expect(roles(mappingOf(blankWritten(), null))).toEqual([['text', 'input']])
})

test('the names in a path become fields, and go with it', () => {
  const named = settle(written({ path: '/label/{top}', fields: [field('text')] }))
  expect(named.fields).toEqual([field('top', { place: 'path', required: true }), field('text')])
  expect(settle({ ...named, path: '/label' }).fields).toEqual([field('text')])
})

test('a field moves to a place and a type that the request can carry', () => {
  const form = written({ body: 'multipart', fields: [field('photo', { type: 'file' }), field('note')] })
  expect(settle(form)).toEqual(form)
  expect(settle({ ...form, body: 'json' }).fields[0]).toEqual(field('photo', { type: 'base64' }))
  const get = settle({ ...form, method: 'GET' })
  expect([get.body, ...get.fields.map(({ place }) => place)]).toEqual(['none', 'query', 'query'])
  expect(settle({ ...form, body: 'raw', fields: [field('photo', { type: 'file' })] }).fields).toEqual([
    field('', { place: 'whole', type: 'file' }),
  ])
})

test('a file is the input before a text, and every other field is a parameter', () => {
  const mapped = mappingOf(
    written({ body: 'multipart', fields: [field('note'), field('photo', { type: 'file' })] }),
    null,
  )
  expect(roles(mapped)).toEqual([
    ['note', 'parameter'],
    ['photo', 'input'],
  ])
  expect(mapped?.fields[1]).toMatchObject({ send: 'file', value: { kind: 'image' } })
})

test('fields keep what the person chose while others come and go', () => {
  const before = mappingOf(written({ fields: [field('text'), field('word')] }), null)
  const chosen = before && {
    ...before,
    fields: before.fields.map((each) =>
      each.name === 'word' ? { ...each, value: { from: 'fixed' as const, value: 'x' } } : each,
    ),
  }
  const next = mappingOf(written({ fields: [field('text'), field('word'), field('more')] }), chosen)
  expect(roles(next)).toEqual([
    ['text', 'input'],
    ['word', 'fixed'],
    ['more', 'parameter'],
  ])
  expect(roles(mappingOf(written({ fields: [field('word')] }), chosen))).toEqual([['word', 'input']])
  expect(mappingOf(written({ fields: [] }), chosen)).toBeNull()
})

test.each<[ReturnType<typeof writtenProblem>, Partial<Written>]>([
  ['path', { path: 'reverse' }],
  ['path', { path: '//elsewhere/x' }],
  ['no_field', { fields: [] }],
  ['name', { fields: [field('')] }],
  ['name', { fields: [field('Host', { place: 'header' })] }],
  ['twice', { fields: [field('a'), field('a')] }],
  [null, { fields: [field('a'), field('a', { place: 'query' })] }],
])('what cannot be tried yet is told: %s', (problem, change) => {
  expect(writtenProblem(written(change))).toBe(problem)
})
