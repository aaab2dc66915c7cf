import type { ApiOperation, WrittenField } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { kindOfInput, rewritten, type Mapped } from './rewrite.ts'
import { blankWritten, type Written } from './written.ts'

const field = (name: string): WrittenField => ({ name, place: 'body', type: 'text', required: false })
const written: Written = { ...blankWritten(), fields: [field('word'), field('text')] }
/** The second field is the input, the first has a fixed value, and the answer a place. */
const operation: ApiOperation = {
  method: 'POST',
  path: '/predict',
  body: 'json',
  fields: [
    { name: 'word', place: 'body', send: 'value', value: { from: 'fixed', value: 'x' } },
    { name: 'text', place: 'body', send: 'value', value: { from: 'input', kind: 'json' } },
  ],
  answer: { kind: 'number', path: ['score'] },
}
const last: Mapped = { written, operation }
/** Types one text after the other. */
const typed = (...steps: Partial<Written>[]) =>
  steps.reduce((mapped, step) => rewritten(mapped, { ...written, ...step }), last).operation

test('a field keeps its use while its name is erased and written anew, and so do the others', () => {
  const mapped = typed(
    { fields: [field('word'), field('')] },
    { fields: [field('word'), field('q')] },
    { fields: [field('word'), field('question')] },
  )
  expect(mapped).toEqual({
    ...operation,
    fields: [operation.fields[0], { ...operation.fields[1], name: 'question' }],
  })
  expect(kindOfInput(mapped)).toBe('json')
})

test('a path that is erased and written anew keeps the mapping', () => {
  expect(typed({ path: '' }, { path: '/' }, { path: '/label' })).toEqual({ ...operation, path: '/label' })
})

test('a field that takes the name of one that was removed is a new one', () => {
  const mapped = typed({ fields: [field('text'), field('')] }, { fields: [field('text'), field('more')] })
  expect(mapped?.fields.map(({ name, value }) => [name, value.from])).toEqual([
    ['text', 'input'],
    ['more', 'parameter'],
  ])
})
