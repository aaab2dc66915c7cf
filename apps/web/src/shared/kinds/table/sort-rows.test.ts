import { expect, test } from 'vitest'
import { nextOrder, sortRows } from './sort-rows.ts'

const rows = [
  ['b', 10],
  ['a', 9],
  ['c', null],
  ['a', 100],
]

test('rows are sorted by number or word, with empty cells last in both directions', () => {
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

test('without an order rows keep theirs, and the data is not changed', () => {
  expect(sortRows(rows, null)).toBe(rows)
  sortRows(rows, { column: 0, descending: true })
  expect(rows[0]).toEqual(['b', 10])
})

test('pressing a column’s head sorts up, down, and not at all', () => {
  const up = nextOrder(null, 2)
  const down = nextOrder(up, 2)
  expect([up, down, nextOrder(down, 2)]).toEqual([
    { column: 2, descending: false },
    { column: 2, descending: true },
    null,
  ])
  expect(nextOrder(down, 1)).toEqual({ column: 1, descending: false })
})
