import { describe, expect, test } from 'vitest'
import type { Json } from '../common.ts'
import { table } from './table.ts'

const read = (value: Json): Json | undefined => {
  if (table.foreign === null || table.foreign === 'file')
    throw new Error('a table can be made of foreign values')
  return table.foreign.read(value, {})
}
const rowsWith = (rows: number, columns: number): Json =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0))

test('objects and lists become rows, with a column for each member of any of them', () => {
  expect(
    read([
      { name: 'cat', n: 1 },
      { n: 2, more: [1] },
    ]),
  ).toEqual({
    columns: [
      { name: 'name', type: 'string' },
      { name: 'n', type: 'number' },
      { name: 'more', type: 'string' },
    ],
    rows: [
      ['cat', 1, null],
      [null, 2, '[1]'],
    ],
  })
  expect(read([[1], [2, true]])).toEqual({
    columns: [
      { name: '1', type: 'number' },
      { name: '2', type: 'boolean' },
    ],
    rows: [
      [1, null],
      [2, true],
    ],
  })
})

describe('a table never has many more cells than the value that it is made from', () => {
  test('rows that share no member do not become a table', () => {
    expect(read(Array.from({ length: 2_000 }, (_, at) => ({ [`k${at}`]: 0 })))).toBeUndefined()
  })

  test('one long row does not make many short ones long', () => {
    const long = Array.from({ length: 2_000 }, () => 0)
    expect(read([long, ...Array.from({ length: 2_000 }, () => [0])])).toBeUndefined()
    const wide = Object.fromEntries(long.slice(0, 200).map((_, at) => [`k${at}`, at]))
    expect(read([...Array.from({ length: 1_000 }, () => ({})), wide])).toBeUndefined()
  })

  test('200 columns and 200,000 cells are still a table, and more are not', () => {
    expect(read(rowsWith(1_000, 200))).toMatchObject({ columns: { length: 200 }, rows: { length: 1_000 } })
    expect(read(rowsWith(20_000, 10))).toMatchObject({ rows: { length: 20_000 } })
    expect(read(rowsWith(1_001, 200))).toBeUndefined()
    expect(read(rowsWith(2, 201))).toBeUndefined()
  })
})
