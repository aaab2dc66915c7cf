import type { RunStatus } from '@vitrine/contract'
import { csvText, type CsvCell } from '@vitrine/contract/csv'
import { resultCells, resultRows, type ResultTexts } from '../../shared/results/result-rows.ts'
import type { AssetAddress } from '../../shared/viewers/media-source.ts'
import type { BoardColumn } from './board-columns.ts'
import type { SummaryRow } from './summary.ts'

/** Everything that the file says, in the reader's language. */
export type CsvTexts = ResultTexts & {
  columns: string
  column: string
  settings: string
  state: string
  rowTitle: (row: SummaryRow) => string
  release: (number: number) => string
  status: (status: RunStatus) => string
  failure: (error: NonNullable<BoardColumn['error']>) => string
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

const findingsOf = async (
  { letter, run, titles, say }: BoardColumn,
  texts: CsvTexts,
  address: AssetAddress,
): Promise<CsvCell[][]> => {
  const context = { address, say }
  const rows = await resultRows(run?.result?.predictions ?? [], { titles, context }, texts)
  return rows.map((row) => [letter, ...row])
}

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
    [texts.column, ...resultCells.map(texts.cell)],
    ...(await Promise.all(columns.map((column) => findingsOf(column, texts, address)))).flat(),
  ])
