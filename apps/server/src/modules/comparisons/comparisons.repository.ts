import { namedAssets } from '../../adapters/database/asset-mentions.ts'
import { assetIdsAmong } from '../assets/asset-ids.ts'
import { containing } from '../../adapters/database/like-pattern.ts'
import { and, count, desc, eq, getTableColumns, ilike, inArray, sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { textUpTo } from '../runs/run-rows.ts'
import { comparesOnly, comparisons } from './comparisons.tables.ts'

/** A comparison as it was requested. Its runs have its state. */
export type StoredComparison = typeof comparisons.$inferSelect

/** Rows of `comparisons`. */
export type ComparisonsRepository = ReturnType<typeof createComparisonsRepository>

/** Lists leave out inputs and parameters larger than this, in bytes of JSON text. */
const largestListed = 64 * 1024

const { inputData, cells, ...small } = getTableColumns(comparisons)
const cellsBytes = sql<number>`octet_length(${cells}::text)`

const texts = { ...small, inputData: sql<string>`${inputData}::text`, cells: sql<string>`${cells}::text` }

/** The columns of a list, without large values. */
const listed = {
  ...small,
  inputData: sql<string>`coalesce(${textUpTo(inputData, largestListed, comparisons.inputBytes)}, '[]')`,
  cells: sql<string>`case when ${cellsBytes} <= ${largestListed} then ${cells}::text else (
    select jsonb_agg(jsonb_set(cell, '{target,parameters}', '{}') order by place)::text
    from jsonb_array_elements(${cells}) with ordinality as each(cell, place)) end`,
}

/** A comparison whose large values are JSON texts. */
export type ComparisonTexts = Omit<StoredComparison, 'inputData' | 'cells'> & {
  inputData: string
  cells: string
}

/** What decides who may see a comparison, and the bytes of its large values as JSON text. */
export type ComparisonBrief = {
  id: string
  createdById: string
  serviceIds: string[]
  runIds: string[]
  bytes: number
}

/** What a preview of a comparison shows: its title, its first service, and the media files of its input. */
type Preview = { title: string; createdAt: Date; serviceId: string; assetIds: string[] }

const brief = {
  id: comparisons.id,
  createdById: comparisons.createdById,
  serviceIds: sql<string[]>`jsonb_path_query_array(${cells}, '$[*].target.service_id')`,
  runIds: sql<string[]>`jsonb_path_query_array(${cells}, '$[*].run_id')`,
  bytes: sql<number>`octet_length(${inputData}::text)::bigint + ${cellsBytes}`.mapWith(Number),
}

export function createComparisonsRepository({ db }: { db: Database }) {
  return {
    async countOf(makerId: string): Promise<number> {
      const [found] = await db
        .select({ total: count() })
        .from(comparisons)
        .where(eq(comparisons.createdById, makerId))
      return found?.total ?? 0
    },
    async insert(input: Omit<typeof comparisons.$inferInsert, 'inputBytes'>): Promise<StoredComparison> {
      const inputBytes = Buffer.byteLength(JSON.stringify(input.inputData), 'utf8')
      const [row] = await db
        .insert(comparisons)
        .values({ ...input, inputBytes })
        .returning()
      if (!row) throw new Error('insert returned no row')
      return row
    },
    /** What decides about a comparison, without the values that may be large. */
    async brief(id: string): Promise<ComparisonBrief | null> {
      const [row] = await db.select(brief).from(comparisons).where(eq(comparisons.id, id))
      return row ?? null
    },
    /** A comparison with its large values. Whoever reads them has taken room for them before. */
    async texts(id: string): Promise<ComparisonTexts | null> {
      const [row] = await db.select(texts).from(comparisons).where(eq(comparisons.id, id))
      return row ?? null
    },
    /** What a preview of a comparison shows, without the values that may be large. */
    async preview(id: string): Promise<Preview | null> {
      const { title, createdAt } = comparisons
      const [row] = await db
        .select({ title, createdAt, serviceIds: brief.serviceIds, named: namedAssets(inputData) })
        .from(comparisons)
        .where(eq(comparisons.id, id))
      if (!row) return null
      const [serviceId = ''] = row.serviceIds
      return { title: row.title, createdAt: row.createdAt, serviceId, assetIds: assetIdsAmong(row.named) }
    },
    /** A page of comparisons for a list: their ids, and the bytes that {@link listed} reads of them. */
    async page(
      filter: { createdById: string | null; within: readonly string[] | null; q: string },
      page: { limit: number; offset: number },
    ): Promise<{ ids: string[]; bytes: number; total: number }> {
      const pattern = containing(filter.q)
      const where = and(
        filter.createdById === null ? undefined : eq(comparisons.createdById, filter.createdById),
        filter.within === null ? undefined : comparesOnly(filter.within),
        filter.q === '' ? undefined : ilike(comparisons.title, pattern),
      )
      const [rows, [totals]] = await Promise.all([
        db
          .select({
            id: comparisons.id,
            bytes: sql<number>`octet_length(${listed.inputData}) + octet_length(${listed.cells})`,
          })
          .from(comparisons)
          .where(where)
          .orderBy(desc(comparisons.createdAt), desc(comparisons.id))
          .limit(page.limit)
          .offset(page.offset),
        db.select({ total: count() }).from(comparisons).where(where),
      ])
      return {
        ids: rows.map(({ id }) => id),
        bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
        total: totals?.total ?? 0,
      }
    },
    /** The comparisons of a page, newest first. Large inputs and parameters are empty. */
    listed: (ids: readonly string[]): Promise<ComparisonTexts[]> =>
      db
        .select(listed)
        .from(comparisons)
        .where(inArray(comparisons.id, [...ids]))
        .orderBy(desc(comparisons.createdAt), desc(comparisons.id)),
    async rename(id: string, title: string): Promise<void> {
      await db.update(comparisons).set({ title }).where(eq(comparisons.id, id))
    },
    /** Deletes a comparison but not its runs. */
    async delete(id: string): Promise<void> {
      await db.delete(comparisons).where(eq(comparisons.id, id))
    },
  }
}
