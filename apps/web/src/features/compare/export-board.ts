import type { KindContext } from '../../shared/kinds/kind.ts'
import type { BoardColumn } from './board-columns.ts'
import { csvText, type CsvCell } from './csv.ts'
import { resultCells, resultRows } from './result-rows.ts'
import type { SummaryRow } from './summary.ts'

/** Makes a file name from a title. Characters that file systems do not allow are left out. */
export const fileNameOf = (title: string): string =>
  title
    .replace(/[\\/:*?"<>|\p{Cc}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80) || 'comparison'

const summaryCell = (row: SummaryRow, place: number): CsvCell => {
  const found = row.values[place]
  if (found === undefined || found === null) return null
  if (found.suffix !== undefined) return `${found.value} ${found.suffix}`
  return found.score === undefined ? found.value : `${found.value} (${found.score})`
}

/**
 * The summary and every finding as one CSV file. Each column of the comparison is a column of the file, and
 * an empty line separates the two parts.
 */
export const boardCsv = async (
  columns: readonly BoardColumn[],
  rows: readonly SummaryRow[],
  texts: { rowTitle: (row: SummaryRow) => string; column: string; settings: string; state: string },
  context: KindContext,
): Promise<string> =>
  csvText([
    [texts.column, ...columns.map(({ letter, name, release }) => `${letter} ${name} r${release ?? '-'}`)],
    [
      texts.settings,
      ...columns.map(({ settings }) => settings.map(({ title, value }) => `${title}=${value}`).join('; ')),
    ],
    [
      texts.state,
      ...columns.map(({ status, error }) => (error === null ? status : `${status}: ${error.code}`)),
    ],
    ...rows.map((row) => [texts.rowTitle(row), ...columns.map((_, place) => summaryCell(row, place))]),
    [],
    [...resultCells],
    ...(await resultRows(columns, context)),
  ])

const painted = [
  ...[
    'fill',
    'fill-opacity',
    'stroke',
    'stroke-width',
    'stroke-opacity',
    'stroke-dasharray',
    'stroke-linecap',
  ],
  ...[
    'stroke-linejoin',
    'vector-effect',
    'opacity',
    'color',
    'font',
    'text-anchor',
    'dominant-baseline',
    'display',
  ],
]

/**
 * `html-to-image` copies SVG content without the page's styles, and checkboxes without their present state.
 * Both are written into the elements while the picture is made. Returns a function that removes them again.
 */
const writeLooks = (element: HTMLElement): (() => void) => {
  const shapes = [...element.querySelectorAll<SVGElement>('svg *')]
  const before = shapes.map((shape) => shape.getAttribute('style'))
  const looks = shapes.map((shape) => {
    const style = getComputedStyle(shape)
    return painted.map((name) => `${name}:${style.getPropertyValue(name)}`).join(';')
  })
  shapes.forEach((shape, place) => shape.setAttribute('style', looks[place] ?? ''))
  const boxes = [...element.querySelectorAll<HTMLInputElement>('input[type=checkbox]')]
  boxes.forEach((box) => box.toggleAttribute('checked', box.checked))
  return () =>
    shapes.forEach((shape, place) => {
      const style = before[place]
      if (typeof style === 'string') shape.setAttribute('style', style)
      else shape.removeAttribute('style')
    })
}

const margin = 28

/**
 * A picture of an element as a PNG data URL, at two pixels for each CSS pixel. Elements with
 * `data-export="no"` are left out. Uses `html-to-image`, which is loaded on demand.
 */
export const boardPng = async (element: HTMLElement): Promise<string> => {
  const { toPng } = await import('html-to-image')
  const background = getComputedStyle(document.documentElement).getPropertyValue('--v-bg').trim()
  const takeBack = writeLooks(element)
  try {
    return await toPng(element, {
      pixelRatio: 2,
      backgroundColor: background,
      width: element.scrollWidth + 2 * margin,
      height: element.scrollHeight + 2 * margin,
      style: { padding: `${margin}px`, boxSizing: 'border-box' },
      filter: (node) => !(node instanceof HTMLElement && node.dataset.export === 'no'),
      skipFonts: true,
    })
  } finally {
    takeBack()
  }
}
