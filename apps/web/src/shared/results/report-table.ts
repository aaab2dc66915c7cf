import type { CsvCell } from '@vitrine/contract/csv'
import { cutText } from '../cut-text.ts'
import { resultCells, type ResultCell } from './result-rows.ts'
import type { ReportTable } from '../report/report.types.ts'

/** Rows of findings that fit on a page with all the rest. */
const mostRows = 12
const longestCell = 160

const textOf = (cell: CsvCell): string => {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(Number(cell.toFixed(4)))
  return cutText(cell, longestCell)
}

/** The first rows of a table of results (`resultRows`), without the columns that are empty in all of them. Pure. */
export const tableOfRows = (
  rows: readonly CsvCell[][],
  texts: {
    title: string
    cell: (name: ResultCell) => string
    more: (shown: number, count: number) => string
    /** Which element of the input a row is about says nothing if there is only one. */
    several: boolean
  },
): ReportTable => {
  const shown = rows.slice(0, mostRows)
  const filled = resultCells
    .map((name, place) => ({ name, place }))
    .filter(({ name }) => texts.several || name !== 'element')
    .filter(({ place }) => shown.some((row) => (row[place] ?? null) !== null))
  return {
    title: texts.title,
    head: filled.map(({ name }) => texts.cell(name)),
    rows: shown.map((row) => filled.map(({ place }) => textOf(row[place] ?? null))),
    more: rows.length > shown.length ? texts.more(shown.length, rows.length) : null,
  }
}
