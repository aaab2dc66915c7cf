import { expect, test } from 'vitest'
import { nextOrder, sortRows } from './sort-rows.ts'

const rows = [
  ['b', 10],
  ['a', 9],
  ['c', null],
  ['a', 100],
]

test('rows are sorted by number or by word, empty cells last both ways', () => {
  expect(sortRows(rows, { column: 1, descending: false }).map(([, value]) => value)).toEqual([
    9,
    10,
    100,
    null,
  ])
  expect(sortRows(rows, { column: 1, descending: true }).map(([, value]) => value)).toEqual([
    100,
    10,
    9,
    null,
  ])
  expect(sortRows(rows, { column: 0, descending: false }).map(([, value]) => value)).toEqual([
    9,
    100,
    10,
    null,
  ])
})

test('rows stay as they came without an order, and the data is left alone', () => {
  expect(sortRows(rows, null)).toBe(rows)
  sortRows(rows, { column: 0, descending: true })
  expect(rows[0]).toEqual(['b', 10])
})

test('a column’s head goes up, down and back', () => {
  const up = nextOrder(null, 2)
  const down = nextOrder(up, 2)
  expect([up, down, nextOrder(down, 2)]).toEqual([
    { column: 2, descending: false },
    { column: 2, descending: true },
    null,
  ])
  expect(nextOrder(down, 1)).toEqual({ column: 1, descending: false })
})
