import { getTableColumns, sql, type AnyColumn, type SQL } from 'drizzle-orm'
import type { RunBrief, RunRecord } from './run-record.ts'
import { runs } from './runs.tables.ts'

/** A row of `runs`. */
export type RunRow = typeof runs.$inferSelect

const iso = (date: Date | null) => date?.toISOString() ?? null

const { inputData, parameters, result, logs, facts: _facts, ...small } = getTableColumns(runs)

/** The columns of a run without those that may be large. */
export const brief = small

/**
 * The bytes of JSON as text. The text may be many times longer than what was stored: PostgreSQL writes `1e300` with 301
 * digits.
 */
const textBytes = (column: AnyColumn | SQL) => sql<number>`coalesce(octet_length(${column}::text), 0)`

/** Which large values of a run are read: all, all without what it printed, or only its inputs and parameters. */
export type ValuesRead = 'all' | 'without_logs' | 'given'

/** The size of {@link RunValues}, in bytes. */
export const valueBytes = (read: ValuesRead): SQL<number> => {
  const given = sql`${textBytes(inputData)}::bigint + ${textBytes(parameters)}`
  return (read === 'given' ? given : sql`${given} + ${textBytes(result)} + octet_length(${logs})`).mapWith(
    Number,
  )
}

/** The large values of a run as JSON texts, as they are stored. PostgreSQL writes a space after each comma and colon. */
export type RunValues = { inputData: string; parameters: string; result: string | null; logs: string }

/** The columns of {@link RunValues}. */
export const valuesOf = (read: ValuesRead) => ({
  inputData: sql<string>`${inputData}::text`,
  parameters: sql<string>`${parameters}::text`,
  result: {
    all: sql<string | null>`${result}::text`,
    without_logs: sql<string | null>`jsonb_set(${result}, '{logs}', '""')::text`,
    given: sql<string | null>`null::text`,
  }[read],
  logs: read === 'all' ? sql<string>`${logs}` : sql<string>`''`,
})

/** Converts a row to a run without its large values. */
export const toBrief = (row: Omit<RunRow, keyof RunValues | 'facts'>): RunBrief => ({
  id: row.id,
  service_id: row.serviceId,
  release: row.release,
  commit: row.commit,
  status: row.status,
  progress: row.progress,
  progress_message: row.progressMessage,
  error: row.error,
  unkept_files: row.unkeptFiles,
  created_by: row.createdBy,
  created_at: row.createdAt.toISOString(),
  started_at: iso(row.startedAt),
  finished_at: iso(row.finishedAt),
})

/** Converts a row to a run. */
export const toRun = (row: RunRow): RunRecord => ({
  ...toBrief(row),
  input_data: row.inputData,
  parameters: row.parameters,
  result: row.result,
  logs: row.logs,
})

/** Lists leave out values that are larger than this, in bytes of JSON text. */
const largestListed = 64 * 1024

/**
 * A column, or a part of one, as JSON text. Null if what was stored exceeds `most` bytes, or the text twice as many.
 * `stored` is the column with the stored size; null if there is none.
 */
export const textUpTo = (
  column: AnyColumn | SQL,
  most: number,
  stored: AnyColumn | null,
): SQL<string | null> =>
  sql<string | null>`case when ${stored === null ? sql`true` : sql`${stored} <= ${most}`}
    then case when ${textBytes(column)} <= ${2 * most} then ${column}::text end end`

/**
 * The columns of {@link RunValues} for a list, without large values and logs. PostgreSQL does not read the values that
 * are left out.
 */
export const listedValues = {
  inputData: sql<string>`coalesce(${textUpTo(inputData, largestListed, runs.inputBytes)}, '[]')`,
  parameters: sql<string>`coalesce(${textUpTo(parameters, largestListed, null)}, '{}')`,
  result: textUpTo(result, largestListed, runs.resultBytes),
  logs: sql<string>`''`,
}

/** How much of a row a list reads, in bytes. */
export const listedBytes = sql<number>`octet_length(${listedValues.inputData})
  + octet_length(${listedValues.parameters}) + coalesce(octet_length(${listedValues.result}), 0)`
