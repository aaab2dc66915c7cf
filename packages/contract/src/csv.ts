// The control plane and the pages both read this. This file imports nothing.

/** A cell of a table file. */
export type CsvCell = string | number | null

// A spreadsheet would run a text that begins like this as a formula. Some also do so for the full-width signs of
// Chinese input methods.
const formula = /^[=+\-@＝＋－＠\t\r\n]/
// Where a comma separates decimals, a spreadsheet begins a new cell behind a semicolon, and knows quotes only where a cell begins: so
// it does also inside of our quotes, and behind a line break. A list of a text (`- one`) stays as it is.
const formulaInside = /(?=[=+@＝＋－＠]|-(?! ))(?<=[;\t\r\n]"*)/g

const asNoFormula = (text: string): string =>
  `${formula.test(text) ? "'" : ''}${text.replaceAll(formulaInside, "'")}`

const cellText = (cell: CsvCell): string => {
  if (cell === null) return ''
  const text = typeof cell === 'string' ? asNoFormula(cell) : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The byte order mark at the beginning of a CSV file. Excel needs it to recognise UTF-8. */
export const csvStart = '\uFEFF'

/** Rows of a CSV file (RFC 4180), each with its line break. A text cannot become a formula. */
export const csvLines = (rows: readonly (readonly CsvCell[])[]): string =>
  rows.map((row) => `${row.map(cellText).join()}\r\n`).join('')

/** A whole table as CSV. */
export const csvText = (rows: readonly (readonly CsvCell[])[]): string => csvStart + csvLines(rows)
