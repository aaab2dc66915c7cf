import { and, count, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Json, PredictResponse, Run } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { runs } from './runs.tables.ts'

type Row = typeof runs.$inferSelect

/** Rows of `runs`. */
export type RunsRepository = ReturnType<typeof createRunsRepository>

const iso = (date: Date | null) => date?.toISOString() ?? null

const toRun = (row: Row): Run => ({
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
  error: row.error,
  logs: row.logs,
  created_by: row.createdBy,
  created_at: row.createdAt.toISOString(),
  started_at: iso(row.startedAt),
  finished_at: iso(row.finishedAt),
})

/** A run with whose it is. */
export type StoredRun = { run: Run; createdById: string }

const toStored = (row: Row): StoredRun => ({ run: toRun(row), createdById: row.createdById })

export function createRunsRepository({ db }: { db: Database }) {
  return {
    async insert(input: {
      serviceId: string
      release: number | null
      commit: string | null
      inputData: Json[]
      parameters: Record<string, Json>
      createdById: string
      createdBy: string
    }): Promise<StoredRun> {
      const [row] = await db
        .insert(runs)
        .values({ ...input, status: 'queued' })
        .returning()
      if (!row) throw new Error('insert returned no row')
      return toStored(row)
    },
    /** Writes what may change of a run. */
    async save(run: Run): Promise<void> {
      const { status, progress, result, error, logs } = run
      await db
        .update(runs)
        .set({
          status,
          progress,
          progressMessage: run.progress_message,
          result,
          error,
          logs,
          startedAt: run.started_at === null ? null : new Date(run.started_at),
          finishedAt: run.finished_at === null ? null : new Date(run.finished_at),
        })
        .where(eq(runs.id, run.id))
    },
    async get(id: string): Promise<StoredRun | null> {
      const [row] = await db.select().from(runs).where(eq(runs.id, id))
      return row ? toStored(row) : null
    },
    async list(
      filter: { serviceId?: string | undefined; createdById: string | null },
      page: { limit: number; offset: number },
    ): Promise<{ items: Run[]; total: number }> {
      const where = and(
        filter.serviceId === undefined ? undefined : eq(runs.serviceId, filter.serviceId),
        filter.createdById === null ? undefined : eq(runs.createdById, filter.createdById),
      )
      const [rows, [totals]] = await Promise.all([
        db
          .select()
          .from(runs)
          .where(where)
          .orderBy(desc(runs.createdAt))
          .limit(page.limit)
          .offset(page.offset),
        db.select({ total: count() }).from(runs).where(where),
      ])
      return { items: rows.map(toRun), total: totals?.total ?? 0 }
    },
    /** For each of these services the newest good run of one person: its input and first prediction. */
    async newestGood(
      serviceIds: readonly string[],
      createdById: string,
    ): Promise<Map<string, { inputData: Json[]; result: PredictResponse | null }>> {
      const rows = await db
        .selectDistinctOn([runs.serviceId], {
          serviceId: runs.serviceId,
          inputData: runs.inputData,
          result: runs.result,
        })
        .from(runs)
        .where(
          and(
            inArray(runs.serviceId, [...serviceIds]),
            eq(runs.createdById, createdById),
            eq(runs.status, 'succeeded'),
          ),
        )
        .orderBy(runs.serviceId, desc(runs.createdAt))
      return new Map(rows.map((row) => [row.serviceId, row]))
    },
    /** Runs that an ended control plane left unfinished fail with this error; returns how many. */
    async failUnfinished(error: NonNullable<Run['error']>): Promise<number> {
      const rows = await db
        .update(runs)
        .set({ status: 'failed', error, finishedAt: sql`now()` })
        .where(inArray(runs.status, ['queued', 'running']))
        .returning({ id: runs.id })
      return rows.length
    },
  }
}
