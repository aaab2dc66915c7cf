import type { BoardColumn } from './board-columns.ts'
import { csvText, type CsvCell } from './csv.ts'
import { resultCells, resultRows } from './result-rows.ts'
import type { SummaryRow } from './summary.ts'

/** A file's name made from a title: what file systems do not take is left out. */
export const fileNameOf = (title: string): string =>
  title
    .replace(/[\\/:*?"<>|\p{Cc}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80) || 'comparison'

const summaryCell = (row: SummaryRow, place: number): CsvCell => {
  const found = row.values[place]
  if (found === undefined || found === null) return null
  return found.score === undefined ? found.value : `${found.value} (${found.score})`
}

/** The summary and every finding as one CSV file: columns of the comparison across, an empty line between. */
export const boardCsv = async (
  columns: readonly BoardColumn[],
  rows: readonly SummaryRow[],
  texts: { rowTitle: (row: SummaryRow) => string; column: string; settings: string; state: string },
): Promise<string> =>
  csvText([
    [texts.column, ...columns.map(({ letter, name, release }) => `${letter} ${name} r${release ?? '-'}`)],
    [
      texts.settings,
      ...columns.map(({ settings }) => settings.map(({ key, value }) => `${key}=${value}`).join('; ')),
    ],
    [
      texts.state,
      ...columns.map(({ status, error }) => (error === null ? status : `${status}: ${error.code}`)),
    ],
    ...rows.map((row) => [texts.rowTitle(row), ...columns.map((_, place) => summaryCell(row, place))]),
    [],
    [...resultCells],
    ...(await resultRows(columns)),
  ])

/** A picture of an element as a PNG data URL, two pixels for one (`html-to-image`, loaded for it). */
export const boardPng = async (element: HTMLElement): Promise<string> => {
  const { toPng } = await import('html-to-image')
  const background = getComputedStyle(document.documentElement).getPropertyValue('--v-bg').trim()
  return toPng(element, {
    pixelRatio: 2,
    backgroundColor: background,
    width: element.scrollWidth,
    height: element.scrollHeight,
    skipFonts: true,
  })
}
