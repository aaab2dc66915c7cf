import { z } from 'zod'
import { json, type Json } from '../common.ts'
import { memberOf } from './foreign.ts'
import { resultKind } from './result-kind.ts'

const isRows = (value: Json): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((row) => typeof row === 'object' && row !== null)

const typeOf = (value: Json | undefined): string =>
  typeof value === 'number' || typeof value === 'boolean' ? typeof value : 'string'

/** The plain value that a cell shows. */
const cellOf = (value: Json | undefined): Json =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : (value ?? null)

/**
 * Bounds of a table that is made from a foreign value. Each row gets every column, so sparse rows could make the table
 * very large.
 */
const most = { columns: 200, cells: 200_000 } as const

/** The names of the columns of all rows; undefined if the table would be larger than `most`. */
function columnsOf(rows: readonly Json[]): string[] | undefined {
  const names = new Set<string>()
  for (const row of rows) {
    for (const name of Object.keys(row ?? {})) names.add(name)
    if (names.size > most.columns || names.size * rows.length > most.cells) return undefined
  }
  return [...names]
}

/**
 * Makes a table from a list of objects, whose members become the columns, or from a list of lists. Undefined for
 * anything else, and for more than 200 columns or 200,000 cells.
 */
function readTable(value: Json): Json | undefined {
  if (!Array.isArray(value) || !isRows(value)) return undefined
  const names = columnsOf(value)
  if (!names) return undefined
  const rows = value.map((row) =>
    names.map((name) => cellOf(Array.isArray(row) ? row[Number(name)] : memberOf(row, name))),
  )
  const columns = names.map((name, at) => ({
    name: Array.isArray(value[0]) ? String(at + 1) : name,
    type: typeOf(rows.map((row) => row[at]).find((cell) => cell !== null)),
  }))
  return { columns, rows }
}

/** Rows with named columns. */
export const table = resultKind({
  data: z.object({
    columns: z.array(z.object({ name: z.string(), type: z.string().optional() })),
    rows: z.array(z.array(json)),
  }),
  foreign: { members: [], read: readTable, suggest: (value) => (isRows(value) ? {} : null), rank: 5 },
  gradio: { components: ['Dataframe'], path: ['data'] },
})
