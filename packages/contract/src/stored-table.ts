import { changeBetween, sentChange, withChange, type GatewayChange } from './gateway-change.ts'
import type { GatewayTable } from './gateway.ts'
import { readServableChange, readServableTable } from './servable-routes.ts'

/** The file beside that of a table with what has changed since it was written. It counts only for the table that it names. */
export const changesFileOf = (tableFile: string): string => tableFile.replace(/(?:\.json)?$/, '-changes.json')

/** Smaller tables are always written whole. */
const smallest = 100
/** The part of a table that may have changed before it is written whole again. */
const mostChanged = 0.1

/**
 * What to store of a table for the next start, if the file already has the table `written`: the change since then, or null for the
 * whole table. Writing the table of thousands of services would take too long for a change of one service. Pure.
 */
export function changeToStore(written: GatewayTable | null, table: GatewayTable): GatewayChange | null {
  if (written === null || table.routes.length <= smallest) return null
  const change = changeBetween(written, table)
  const isSmall = change && change.routes.length + change.removed.length <= mostChanged * table.routes.length
  return isSmall ? change : null
}

/**
 * Reads a table from the values in its file and in the one beside it, which is null if there is none, without what no gateway
 * can serve. Throws a ZodError if they are not well-formed. Pure.
 */
export function readStoredTable(stored: unknown, storedChange: unknown): GatewayTable {
  const { table } = readServableTable(stored)
  // Of another table: it was written again after these changes of it.
  if (storedChange === null || sentChange.parse(storedChange).base !== table.revision) return table
  return withChange(table, readServableChange(table, storedChange).change)
}
