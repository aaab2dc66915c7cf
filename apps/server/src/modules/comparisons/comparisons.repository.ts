import { containing } from '../../adapters/database/like-pattern.ts'
import { and, count, desc, eq, getTableColumns, ilike, sql } from 'drizzle-orm'
import type { Json } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { comparesOnly, comparisons } from './comparisons.tables.ts'

/** A comparison as it was requested. Its runs have its state. */
export type StoredComparison = typeof comparisons.$inferSelect

/** Rows of `comparisons`. */
export type ComparisonsRepository = ReturnType<typeof createComparisonsRepository>

/** Lists leave out inputs larger than this, in bytes of JSON text. */
const largestListed = 64 * 1024

const listed = {
  ...getTableColumns(comparisons),
  inputData: sql<
    Json[]
  >`case when ${comparisons.inputBytes} <= ${largestListed} then ${comparisons.inputData} else '[]'::jsonb end`,
}

export function createComparisonsRepository({ db }: { db: Database }) {
  return {
    async insert(input: Omit<typeof comparisons.$inferInsert, 'inputBytes'>): Promise<StoredComparison> {
      const inputBytes = Buffer.byteLength(JSON.stringify(input.inputData), 'utf8')
      const [row] = await db
        .insert(comparisons)
        .values({ ...input, inputBytes })
        .returning()
      if (!row) throw new Error('insert returned no row')
      return row
    },
    async get(id: string): Promise<StoredComparison | null> {
      const [row] = await db.select().from(comparisons).where(eq(comparisons.id, id))
      return row ?? null
    },
    /** A page of comparisons for a list. Large inputs are empty. */
    async list(
      filter: { createdById: string | null; within: readonly string[] | null; q: string },
      page: { limit: number; offset: number },
    ): Promise<{ rows: StoredComparison[]; total: number }> {
      const pattern = containing(filter.q)
      const where = and(
        filter.createdById === null ? undefined : eq(comparisons.createdById, filter.createdById),
        filter.within === null ? undefined : comparesOnly(filter.within),
        filter.q === '' ? undefined : ilike(comparisons.title, pattern),
      )
      const [rows, [totals]] = await Promise.all([
        db
          .select(listed)
          .from(comparisons)
          .where(where)
          .orderBy(desc(comparisons.createdAt), desc(comparisons.id))
          .limit(page.limit)
          .offset(page.offset),
        db.select({ total: count() }).from(comparisons).where(where),
      ])
      return { rows, total: totals?.total ?? 0 }
    },
    async rename(id: string, title: string): Promise<void> {
      await db.update(comparisons).set({ title }).where(eq(comparisons.id, id))
    },
    /** Deletes a comparison but not its runs. */
    async delete(id: string): Promise<void> {
      await db.delete(comparisons).where(eq(comparisons.id, id))
    },
  }
}
