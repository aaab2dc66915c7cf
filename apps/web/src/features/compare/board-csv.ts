import type { RunStatus } from '@vitrine/contract'
import type { AssetAddress } from '../../shared/viewers/media-source.ts'
import type { BoardColumn } from './board-columns.ts'
import { csvText, type CsvCell } from './csv.ts'
import { resultCells, resultRows, type ResultCell, type ResultTexts } from './result-rows.ts'
import type { SummaryRow } from './summary.ts'

/** Everything that the file says, in the reader's language. */
export type CsvTexts = ResultTexts & {
  columns: string
  settings: string
  state: string
  rowTitle: (row: SummaryRow) => string
  release: (number: number) => string
  status: (status: RunStatus) => string
  failure: (error: NonNullable<BoardColumn['error']>) => string
  cell: (name: ResultCell) => string
}

const summaryCell = (row: SummaryRow, place: number): CsvCell => {
  const found = row.values[place]
  if (found === undefined || found === null) return null
  if (found.suffix !== undefined) return `${found.value} ${found.suffix}`
  return found.score === undefined ? found.value : `${found.value} (${found.score})`
}

const headOf = ({ letter, name, release }: BoardColumn, texts: CsvTexts): string =>
  [letter, name, ...(release === null ? [] : [texts.release(release)])].join(' ')

const stateOf = ({ status, error }: BoardColumn, texts: CsvTexts): string =>
  error === null || status === 'cancelled'
    ? texts.status(status)
    : `${texts.status(status)}: ${texts.failure(error)}`

/**
 * The summary and every finding as one CSV file in the reader's language. Each column of the comparison is a column of
 * the file, and an empty line separates the two parts.
 */
export const boardCsv = async (
  columns: readonly BoardColumn[],
  rows: readonly SummaryRow[],
  texts: CsvTexts,
  address: AssetAddress,
): Promise<string> =>
  csvText([
    [texts.columns, ...columns.map((column) => headOf(column, texts))],
    [
      texts.settings,
      ...columns.map(({ settings }) => settings.map(({ title, value }) => `${title}=${value}`).join('; ')),
    ],
    [texts.state, ...columns.map((column) => stateOf(column, texts))],
    ...rows.map((row) => [texts.rowTitle(row), ...columns.map((_, place) => summaryCell(row, place))]),
    [],
    resultCells.map(texts.cell),
    ...(await resultRows(columns, address, texts)),
  ])
