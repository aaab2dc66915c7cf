import { and, asc, count, desc, eq, inArray, max, notInArray, sql } from 'drizzle-orm'
import type { Json, RunStatus } from '@vitrine/contract'
import { namedAssets } from '../../adapters/database/asset-mentions.ts'
import { countedBytes } from '../../adapters/database/counted-bytes.ts'
import type { Database } from '../../adapters/database/database.ts'
import { assetIdsAmong } from '../assets/asset-ids.ts'
import type { StoredCall } from './stored-call.ts'
import type { RunFacts } from './facts/run-facts.ts'
import { resultDigest } from './facts/result-digest.ts'
import { withKeyOrders } from './key-orders.ts'
import type { RunBrief, RunRecord } from './run-record.ts'
import {
  brief,
  listedBytes,
  listedValues,
  toBrief,
  toRun,
  valueBytes,
  valuesOf,
  type RunRow,
  type RunValues,
  type ValuesRead,
} from './run-rows.ts'
import { ofPresentService, runFiles, runs } from './runs.tables.ts'

/** Rows of `runs`. */
export type RunsRepository = ReturnType<typeof createRunsRepository>

/** The states of a run that has not ended. */
const open: ('queued' | 'running')[] = ['queued', 'running']

/** For whom a run counts: the person or visitor who made it, and for a visitor also the maker of the link. */
export type RunOwner = { createdById: string; linksOf: string | null }

/** A run with its owner. */
export type StoredRun = { run: RunRecord } & RunOwner

/** The media files in the input of a run, and the time of the run. */
export type GivenRun = { serviceId: string; assetIds: string[]; createdAt: Date }

/** A run with its owner, without the values that may be large. */
export type StoredBrief = { run: RunBrief } & RunOwner

const jsonBytes = (value: unknown): number =>
  value === null ? 0 : Buffer.byteLength(JSON.stringify(value), 'utf8')

const toDate = (text: string | null) => (text === null ? null : new Date(text))

const toStored = (row: RunRow): StoredRun => ({
  run: toRun(row),
  createdById: row.createdById,
  linksOf: row.linksOf,
})

export function createRunsRepository({ db }: { db: Database }) {
  return {
    async insert(input: {
      id?: string | undefined
      pinned?: boolean | undefined
      serviceId: string
      release: number | null
      commit: string | null
      inputData: Json[]
      parameters: Record<string, Json>
      createdById: string
      createdBy: string
      linksOf: string | null
      facts: RunFacts
      replayOf?: string | undefined
    }): Promise<StoredRun> {
      const [row] = await db
        .insert(runs)
        .values({ ...input, status: 'queued', inputBytes: jsonBytes(input.inputData) })
        .returning()
      if (!row) throw new Error('insert returned no row')
      return toStored(row)
    },
    /** Stores the call that will execute a run, before that call is made. */
    async begin(run: RunRecord, call: StoredCall): Promise<void> {
      await db
        .update(runs)
        .set({ status: run.status, startedAt: toDate(run.started_at), call })
        .where(eq(runs.id, run.id))
    },
    /** Stores what is now known about the call that executes a run, and whether the run has started there. */
    async setCall({ id, status, started_at }: RunRecord, call: StoredCall): Promise<void> {
      await db
        .update(runs)
        .set({ call, status, startedAt: toDate(started_at) })
        .where(and(eq(runs.id, id), inArray(runs.status, open)))
    },
    /** Writes the end of a run. False if it has already ended. */
    async end(run: RunRecord): Promise<boolean> {
      const { status, progress, error, logs } = run
      const resultSha256 = run.result && (await resultDigest(run.result, run))
      const result = run.result && withKeyOrders(run.result)
      const rows = await db
        .update(runs)
        .set({
          call: null,
          status,
          progress,
          progressMessage: run.progress_message,
          result,
          resultBytes: jsonBytes(result),
          resultSha256,
          error,
          logs,
          unkeptFiles: run.unkept_files,
          startedAt: toDate(run.started_at),
          finishedAt: toDate(run.finished_at),
        })
        .where(and(eq(runs.id, run.id), inArray(runs.status, open)))
        .returning({ id: runs.id })
      return rows.length > 0
    },
    /** The unfinished runs of an earlier control plane, oldest first, with the calls that executed them. */
    async unfinished(): Promise<(StoredRun & { call: StoredCall | null })[]> {
      const rows = await db.select().from(runs).where(inArray(runs.status, open)).orderBy(asc(runs.createdAt))
      return rows.map((row) => ({ ...toStored(row), call: row.call }))
    },
    /** Unpins runs, because no comparison shows them any more. They can then be deleted when they are old. */
    async unpin(ids: readonly string[]): Promise<void> {
      await db
        .update(runs)
        .set({ pinned: false })
        .where(inArray(runs.id, [...ids]))
    },
    /** A run without the values that may be large, for decisions before these are read. */
    async brief(id: string): Promise<StoredBrief | null> {
      const [row] = await db.select(brief).from(runs).where(eq(runs.id, id))
      return row ? { run: toBrief(row), createdById: row.createdById, linksOf: row.linksOf } : null
    },
    /** How large the values of a run are as JSON texts, in bytes. Null if it was deleted. */
    async valueBytes(id: string, read: ValuesRead): Promise<number | null> {
      const [row] = await db
        .select({ bytes: valueBytes(read) })
        .from(runs)
        .where(eq(runs.id, id))
      return row?.bytes ?? null
    },
    /** The large values of a run as JSON texts. The caller must have taken memory for them. */
    async values(id: string, read: ValuesRead): Promise<RunValues | null> {
      const [row] = await db.select(valuesOf(read)).from(runs).where(eq(runs.id, id))
      return row ?? null
    },
    /** A whole run, only for the platform's own work. Whatever reads for a person must take memory first. */
    async get(id: string): Promise<StoredRun | null> {
      const [row] = await db.select().from(runs).where(eq(runs.id, id))
      return row ? toStored(row) : null
    },
    /** The media files in the input of a run, and the time of the run, without anything that may be large. */
    async given(id: string): Promise<GivenRun | null> {
      const { serviceId, inputData, createdAt } = runs
      const [row] = await db
        .select({ serviceId, createdAt, named: namedAssets(inputData) })
        .from(runs)
        .where(eq(runs.id, id))
      return row
        ? { serviceId: row.serviceId, createdAt: row.createdAt, assetIds: assetIdsAmong(row.named) }
        : null
    },
    /** The states of these runs, without inputs and results. */
    async states(ids: readonly string[]): Promise<Map<string, Pick<RunRecord, 'status' | 'error'>>> {
      if (ids.length === 0) return new Map()
      const rows = await db
        .select({ id: runs.id, status: runs.status, error: runs.error })
        .from(runs)
        .where(inArray(runs.id, [...ids]))
      return new Map(rows.map(({ id, status, error }) => [id, { status, error }]))
    },
    /** How many stored runs a person has made. */
    async countOf(createdById: string): Promise<number> {
      const [totals] = await db.select({ total: count() }).from(runs).where(eq(runs.createdById, createdById))
      return totals?.total ?? 0
    },
    /** What the runs of an owner count, in bytes, including their files. */
    async storedBytes(owner: RunOwner): Promise<number> {
      const whose =
        owner.linksOf === null ? eq(runs.createdById, owner.createdById) : eq(runs.linksOf, owner.linksOf)
      const inRows = sql<string>`coalesce(sum(${runs.inputBytes}::bigint + ${runs.resultBytes} + octet_length(${runs.logs})), 0)`
      const inFiles = sql<string>`coalesce(sum(${countedBytes(runFiles.size)}), 0)`
      const [[rows], [files]] = await Promise.all([
        db.select({ bytes: inRows }).from(runs).where(whose),
        db
          .select({ bytes: inFiles })
          .from(runFiles)
          .innerJoin(runs, eq(runs.id, runFiles.runId))
          .where(whose),
      ])
      return Number(rows?.bytes ?? 0) + Number(files?.bytes ?? 0)
    },
    /** Deletes an ended run that no comparison shows. False if there is none with this id. */
    async delete(id: string): Promise<boolean> {
      const rows = await db
        .delete(runs)
        .where(and(eq(runs.id, id), eq(runs.pinned, false), notInArray(runs.status, open)))
        .returning({ id: runs.id })
      return rows.length > 0
    },
    /**
     * A page of runs for a list, as the contract defines it: their ids, and the number of bytes that {@link listed}
     * reads.
     */
    async page(
      filter: {
        serviceId?: string | undefined
        status?: RunStatus | undefined
        createdById: string | null
        within: readonly string[] | null
      },
      page: { limit: number; offset: number },
    ): Promise<{ ids: string[]; bytes: number; total: number }> {
      const where = and(
        filter.serviceId === undefined
          ? undefined
          : and(eq(runs.serviceId, filter.serviceId), ofPresentService),
        filter.status === undefined ? undefined : eq(runs.status, filter.status),
        filter.createdById === null ? undefined : eq(runs.createdById, filter.createdById),
        filter.within === null ? undefined : inArray(runs.serviceId, [...filter.within]),
      )
      const [rows, [totals]] = await Promise.all([
        db
          .select({ id: runs.id, bytes: listedBytes })
          .from(runs)
          .where(where)
          .orderBy(desc(runs.createdAt), desc(runs.id))
          .limit(page.limit)
          .offset(page.offset),
        db.select({ total: count() }).from(runs).where(where),
      ])
      return {
        ids: rows.map(({ id }) => id),
        bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
        total: totals?.total ?? 0,
      }
    },
    /**
     * The runs of a page, newest first, with their values as JSON texts. The caller must have taken memory for them.
     */
    async listed(ids: readonly string[]): Promise<{ run: RunBrief; values: RunValues }[]> {
      const rows = await db
        .select({ row: brief, values: listedValues })
        .from(runs)
        .where(inArray(runs.id, [...ids]))
        .orderBy(desc(runs.createdAt), desc(runs.id))
      return rows.map(({ row, values }) => ({ run: toBrief(row), values }))
    },
    /** When each of these services last began or ended a run. Services without runs are left out. */
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
  }
}
