import type { Json } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { recordsIn } from './records.ts'

test('a list of objects with the same plain members has columns and rows', () => {
  const data = [
    { day: '1 May', units: 12, open: true },
    { units: null, day: '2 May', open: false },
  ]
  expect(recordsIn(data)).toEqual({
    columns: [{ name: 'day' }, { name: 'units' }, { name: 'open' }],
    rows: [
      ['1 May', 12, true],
      ['2 May', null, false],
    ],
  })
})

test.each<[string, Json]>([
  ['no list', { day: '1 May' }],
  ['an empty list', []],
  ['objects without members', [{}]],
  ['members that differ', [{ a: 1 }, { b: 1 }]],
  ['a member that is missing', [{ a: 1, b: 2 }, { a: 1 }]],
  ['members that are lists', [{ a: [1, 2] }]],
  ['an item that is no object', [{ a: 1 }, 'a']],
])('%s is no table', (_, data) => {
  expect(recordsIn(data)).toBeNull()
})
