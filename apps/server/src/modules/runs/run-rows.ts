import { getTableColumns, sql, type AnyColumn, type SQL } from 'drizzle-orm'
import { wordsOf } from '../../lib/words.ts'
import type { RunBrief, RunRecord, StoredFailure } from './run-record.ts'
import { runs } from './runs.tables.ts'

/** A row of `runs`. */
export type RunRow = typeof runs.$inferSelect

const iso = (date: Date | null) => date?.toISOString() ?? null

/** Why a run failed, in every language. */
export const toFailure = (stored: StoredFailure | null): RunRecord['error'] =>
  stored && { ...stored, message: wordsOf(stored.message) }

const { inputData, parameters, result, logs, ...small } = getTableColumns(runs)

/** The columns of a run without those that may be large, and the size of those, in bytes of JSON text. */
export const brief = {
  ...small,
  bytes: sql<number>`${runs.inputBytes}::bigint + ${runs.resultBytes} + octet_length(${logs})
    + octet_length(${parameters}::text)`.mapWith(Number),
}

/** The large values of a run as JSON texts, as they are stored. PostgreSQL writes a space after each comma and colon. */
export type RunValues = { inputData: string; parameters: string; result: string | null; logs: string }

/** The columns of {@link RunValues}, without what a run printed if that is hidden. */
export const valuesWithLogs = (hidesLogs: boolean) => ({
  inputData: sql<string>`${inputData}::text`,
  parameters: sql<string>`${parameters}::text`,
  result: hidesLogs
    ? sql<string | null>`jsonb_set(${result}, '{logs}', '""')::text`
    : sql<string | null>`${result}::text`,
  logs: hidesLogs ? sql<string>`''` : sql<string>`${logs}`,
})

/** Converts a row to a run without its large values. */
export const toBrief = (row: Omit<RunRow, keyof RunValues>): RunBrief => ({
  id: row.id,
  service_id: row.serviceId,
  release: row.release,
  commit: row.commit,
  status: row.status,
  progress: row.progress,
  progress_message: row.progressMessage,
  error: toFailure(row.error),
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

const short = (column: SQL | AnyColumn, bytes: SQL | AnyColumn, without: string) =>
  sql<string>`case when ${bytes} <= ${largestListed} then ${column}::text else ${without} end`

/** The columns of {@link RunValues} for a list: without large ones and logs. PostgreSQL does not even read what is left out. */
export const listedValues = {
  inputData: short(inputData, runs.inputBytes, '[]'),
  parameters: short(parameters, sql`octet_length(${parameters}::text)`, '{}'),
  result: sql<string | null>`case when ${runs.resultBytes} <= ${largestListed} then ${result}::text end`,
  logs: sql<string>`''`,
}

/** How much of a row a list reads, in bytes. */
export const listedBytes = sql<number>`octet_length(${listedValues.inputData})
  + octet_length(${listedValues.parameters}) + coalesce(octet_length(${listedValues.result}), 0)`
