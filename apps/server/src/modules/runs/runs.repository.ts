import { and, count, desc, eq, max, getTableColumns, inArray, isNull, notInArray, sql } from 'drizzle-orm'
import type { Json, PredictResponse } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { wordsOf } from '../../lib/words.ts'
import type { RunRecord, StoredFailure } from './run-record.ts'
import { runs } from './runs.tables.ts'

type Row = typeof runs.$inferSelect

/** Rows of `runs`. */
export type RunsRepository = ReturnType<typeof createRunsRepository>

const iso = (date: Date | null) => date?.toISOString() ?? null

const toFailure = (stored: StoredFailure | null): RunRecord['error'] =>
  stored && { ...stored, message: wordsOf(stored.message) }

const toRun = (row: Row): RunRecord => ({
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
  logs: row.logs,
  created_by: row.createdBy,
  created_at: row.createdAt.toISOString(),
  started_at: iso(row.startedAt),
  finished_at: iso(row.finishedAt),
})

/** A run with whose it is. */
export type StoredRun = { run: RunRecord; createdById: string }

/** Runs of a service that are kept for the gallery and the stage, however old. */
const samplesKept = 20

/** What is larger than this, in bytes of JSON text, is left out of lists. */
const largestListed = 64 * 1024

/** The columns of a list, which no result, input or log makes heavy; PostgreSQL does not even read what is left out. */
const listed = {
  ...getTableColumns(runs),
  inputData: sql<
    Json[]
  >`case when ${runs.inputBytes} <= ${largestListed} then ${runs.inputData} else '[]'::jsonb end`,
  result: sql<PredictResponse | null>`case when ${runs.resultBytes} <= ${largestListed} then ${runs.result} end`,
  logs: sql<string>`''`,
}

const jsonBytes = (value: unknown): number =>
  value === null ? 0 : Buffer.byteLength(JSON.stringify(value), 'utf8')

const toStored = (row: Row): StoredRun => ({ run: toRun(row), createdById: row.createdById })

export function createRunsRepository({ db }: { db: Database }) {
  return {
    async insert(input: {
      id?: string | undefined
      comparisonId?: string | undefined
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
        .values({ ...input, status: 'queued', inputBytes: jsonBytes(input.inputData) })
        .returning()
      if (!row) throw new Error('insert returned no row')
      return toStored(row)
    },
    /** Writes what may change of a run. */
    async save(run: RunRecord): Promise<void> {
      const { status, progress, result, error, logs } = run
      await db
        .update(runs)
        .set({
          status,
          progress,
          progressMessage: run.progress_message,
          result,
          resultBytes: jsonBytes(result),
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
    /** What a run was given, without what it gave, which may be large. */
    async given(id: string): Promise<{ serviceId: string; inputData: Json[] } | null> {
      const [row] = await db
        .select({ serviceId: runs.serviceId, inputData: runs.inputData })
        .from(runs)
        .where(eq(runs.id, id))
      return row ?? null
    },
    /** How these runs stand, without what they were given and gave. */
    async states(ids: readonly string[]): Promise<Map<string, Pick<RunRecord, 'status' | 'error'>>> {
      if (ids.length === 0) return new Map()
      const rows = await db
        .select({ id: runs.id, status: runs.status, error: runs.error })
        .from(runs)
        .where(inArray(runs.id, [...ids]))
      return new Map(rows.map(({ id, status, error }) => [id, { status, error: toFailure(error) }]))
    },
    /** How many runs somebody has made that are still there. */
    async countOf(createdById: string): Promise<number> {
      const [totals] = await db.select({ total: count() }).from(runs).where(eq(runs.createdById, createdById))
      return totals?.total ?? 0
    },
    /** A page of runs as lists show them, see the contract. */
    async list(
      filter: { serviceId?: string | undefined; createdById: string | null },
      page: { limit: number; offset: number },
    ): Promise<{ items: RunRecord[]; total: number }> {
      const where = and(
        filter.serviceId === undefined ? undefined : eq(runs.serviceId, filter.serviceId),
        filter.createdById === null ? undefined : eq(runs.createdById, filter.createdById),
      )
      const [rows, [totals]] = await Promise.all([
        db
          .select(listed)
          .from(runs)
          .where(where)
          .orderBy(desc(runs.createdAt), desc(runs.id))
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
    /** What the newest good runs of one person on a service were given, newest first. */
    async goodInputs(
      serviceId: string,
      createdById: string,
    ): Promise<{ id: string; inputData: Json[]; parameters: Record<string, Json> }[]> {
      return db
        .select({ id: runs.id, inputData: runs.inputData, parameters: runs.parameters })
        .from(runs)
        .where(
          and(eq(runs.serviceId, serviceId), eq(runs.createdById, createdById), eq(runs.status, 'succeeded')),
        )
        .orderBy(desc(runs.createdAt))
        .limit(samplesKept)
    },
    /** When each of these services last began or ended a run; services without runs are left out. */
    async lastAt(serviceIds: readonly string[]): Promise<Map<string, Date>> {
      const last = max(sql<string>`coalesce(${runs.finishedAt}, ${runs.createdAt})`)
      const rows = await db
        .select({ serviceId: runs.serviceId, last })
        .from(runs)
        .where(inArray(runs.serviceId, [...serviceIds]))
        .groupBy(runs.serviceId)
      return new Map(
        rows.flatMap(({ serviceId, last: at }) => (at === null ? [] : [[serviceId, new Date(at)] as const])),
      )
    },
    /**
     * Deletes ended runs that are older than a moment or beyond the newest `perService` of their service, and returns how many.
     * Those of comparisons stay, those named in `except`, and of `samplesOf` (whose runs the gallery shows) the newest 20.
     */
    async deleteOld(input: {
      before: Date
      perService: number
      except: readonly string[]
      samplesOf: string
    }): Promise<number> {
      const isSample = sql`${runs.createdById} = ${input.samplesOf}`
      const ranked = db
        .select({
          id: runs.id,
          isSample: isSample.as('is_sample'),
          isOld: sql`${runs.createdAt} < ${input.before.toISOString()}::timestamptz`.as('is_old'),
          place: sql`row_number() over (
            partition by ${runs.serviceId}, ${isSample} order by ${runs.createdAt} desc)`.as('place'),
        })
        .from(runs)
        .as('ranked')
      const goes = sql`case when ${ranked.isSample} then ${ranked.place} > ${samplesKept}
        else ${ranked.isOld} or ${ranked.place} > ${input.perService} end`
      const rows = await db
        .delete(runs)
        .where(
          and(
            inArray(runs.id, db.select({ id: ranked.id }).from(ranked).where(goes)),
            notInArray(runs.status, ['queued', 'running']),
            isNull(runs.comparisonId),
            input.except.length === 0 ? undefined : notInArray(runs.id, [...input.except]),
          ),
        )
        .returning({ id: runs.id })
      return rows.length
    },
    /** Deletes every run of these makers that has ended. */
    async deleteOf(createdByIds: readonly string[]): Promise<void> {
      await db
        .delete(runs)
        .where(
          and(inArray(runs.createdById, [...createdByIds]), notInArray(runs.status, ['queued', 'running'])),
        )
    },
    /** Runs that an ended control plane left unfinished fail with this error; returns how many. */
    async failUnfinished(error: StoredFailure): Promise<number> {
      const rows = await db
        .update(runs)
        .set({ status: 'failed', error, finishedAt: sql`now()` })
        .where(inArray(runs.status, ['queued', 'running']))
        .returning({ id: runs.id })
      return rows.length
    },
  }
}
