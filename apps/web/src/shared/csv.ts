/** A cell of a table file. */
export type CsvCell = string | number | null

// A spreadsheet would run a text that begins like this as a formula, some also with the wide signs of Chinese keyboards.
const formula = /^[=+\-@＝＋－＠\t\r\n]/

const cellText = (cell: CsvCell): string => {
  if (cell === null) return ''
  const text = typeof cell === 'string' && formula.test(cell) ? `'${cell}` : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A table as CSV (RFC 4180), with the byte order mark that Excel needs to recognise UTF-8. */
export const csvText = (rows: readonly (readonly CsvCell[])[]): string =>
  `\uFEFF${rows.map((row) => row.map(cellText).join()).join('\r\n')}\r\n`
