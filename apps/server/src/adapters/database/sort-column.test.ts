import { expect, test } from 'vitest'
import { sortColumn } from './sort-column.ts'

test('a sort key names a column, ascending or descending, and nothing that every object has', () => {
  const columns = { name: 'the name', created_at: 'the time' }
  expect(['name', '-name', 'created_at'].map((sort) => sortColumn(columns, sort))).toEqual([
    ...['the name', 'the name', 'the time'],
  ])
  for (const sort of ['', '-', 'age', '--name', '__proto__', '-__proto__', 'constructor', 'toString'])
    expect(sortColumn(columns, sort), sort).toBeUndefined()
})
