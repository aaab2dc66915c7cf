import { getTableColumns, sql } from 'drizzle-orm'
import type { Json, PredictResponse } from '@vitrine/contract'
import { wordsOf } from '../../lib/words.ts'
import type { RunRecord, StoredFailure } from './run-record.ts'
import { runs } from './runs.tables.ts'

/** A row of `runs`. */
export type RunRow = typeof runs.$inferSelect

const iso = (date: Date | null) => date?.toISOString() ?? null

/** Why a run failed, in every language. */
export const toFailure = (stored: StoredFailure | null): RunRecord['error'] =>
  stored && { ...stored, message: wordsOf(stored.message) }

/** Converts a row to a run. */
export const toRun = (row: RunRow): RunRecord => ({
  id: row.id,
  service_id: row.serviceId,
  release: row.release,
  commit: row.commit,
  status: row.status,
  progress: row.progress,
  progress_message: row.progressMessage,
  input_data: row.inputData,
  parameters: row.parameters,
  result: row.result,
  error: toFailure(row.error),
  unkept_files: row.unkeptFiles,
  logs: row.logs,
  created_by: row.createdBy,
  created_at: row.createdAt.toISOString(),
  started_at: iso(row.startedAt),
  finished_at: iso(row.finishedAt),
})

/** Lists leave out values that are larger than this, in bytes of JSON text. */
const largestListed = 64 * 1024

/** The columns of a list, without large results, inputs and logs. PostgreSQL does not even read what is left out. */
export const listed = {
  ...getTableColumns(runs),
  inputData: sql<
    Json[]
  >`case when ${runs.inputBytes} <= ${largestListed} then ${runs.inputData} else '[]'::jsonb end`,
  result: sql<PredictResponse | null>`case when ${runs.resultBytes} <= ${largestListed} then ${runs.result} end`,
  logs: sql<string>`''`,
}
