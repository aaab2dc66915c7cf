import { expect, test } from 'vitest'
import type { CsvCell } from '@vitrine/contract/csv'
import { resultCells, type ResultCell } from './result-rows.ts'
import { tableOfRows } from './report-table.ts'

const texts = {
  several: true,
  title: 'data',
  cell: (name: ResultCell) => name.toUpperCase(),
  more: (shown: number, count: number) => `${shown} of ${count}`,
}
const row = (cells: Partial<Record<ResultCell, CsvCell>>): CsvCell[] =>
  resultCells.map((name) => cells[name] ?? null)

test('columns that say nothing are left out, and numbers are short', () => {
  const rows = [row({ label: 'cat', score: 0.912_345_6 }), row({ label: 'dog', value: 'x'.repeat(1000) })]
  const table = tableOfRows(rows, texts)
  expect(table.head).toEqual(['LABEL', 'SCORE', 'VALUE'])
  expect(table.rows[0]).toEqual(['cat', '0.9123', ''])
  expect(table.rows[1]?.[2]).toHaveLength(161)
  expect(table.more).toBeNull()
})

test('of many rows the first are shown, and how many there are', () => {
  const rows = Array.from({ length: 500 }, (_, frame) => row({ label: 'cat', frame }))
  const table = tableOfRows(rows, texts)
  expect(table.more).toBe(`${table.rows.length} of 500`)
  expect(table.rows.length).toBeLessThan(20)
})

test('which element a row is about is said only if there are several', () => {
  const rows = [row({ element: 1, label: 'cat' })]
  expect(tableOfRows(rows, texts).head).toEqual(['ELEMENT', 'LABEL'])
  expect(tableOfRows(rows, { ...texts, several: false }).head).toEqual(['LABEL'])
})
