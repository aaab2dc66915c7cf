import { and, count, desc, eq, ilike, inArray, or, sql } from 'drizzle-orm'
import type { ListQuery } from '@vitrine/contract'
import { countedBytes } from '../../adapters/database/counted-bytes.ts'
import type { Database } from '../../adapters/database/database.ts'
import { containing } from '../../adapters/database/like-pattern.ts'
import { modelGrants, models } from './models.tables.ts'

/** A row that says that a person has a model file. */
export type StoredModel = typeof models.$inferSelect

/** An algorithm, and whose it is. */
export type ModelRecipient = { algorithmId: string; ownerId: string }

/** Rows of `models` and `model_grants`. */
export type ModelsRepository = ReturnType<typeof createModelsRepository>

export function createModelsRepository({ db }: { db: Database }) {
  async function owned(ownerId: string, digests: readonly string[]): Promise<StoredModel[]> {
    if (digests.length === 0) return []
    return db
      .select()
      .from(models)
      .where(and(eq(models.ownerId, ownerId), inArray(models.sha256, [...digests])))
  }
  return {
    /** Adds a row. A person who has the file already keeps the row that they have. */
    async add(row: typeof models.$inferInsert): Promise<StoredModel> {
      const [added] = await db.insert(models).values(row).onConflictDoNothing().returning()
      const [known] = added ? [added] : await owned(row.ownerId, [row.sha256])
      if (!known) throw new Error('insert returned no row')
      return known
    },
    async get(id: string): Promise<StoredModel | null> {
      const [row] = await db.select().from(models).where(eq(models.id, id))
      return row ?? null
    },
    /** The files among these that a person has. */
    owned,
    /** A page, newest first. `ownerId` null means those of everybody. */
    async list(ownerId: string | null, query: ListQuery): Promise<{ items: StoredModel[]; total: number }> {
      const found = containing(query.q)
      const matches = and(
        ownerId === null ? undefined : eq(models.ownerId, ownerId),
        query.q === '' ? undefined : or(ilike(models.name, found), ilike(models.sha256, found)),
      )
      const [items, [totals]] = await Promise.all([
        db
          .select()
          .from(models)
          .where(matches)
          .orderBy(desc(models.createdAt), models.id)
          .limit(query.page_size)
          .offset((query.page - 1) * query.page_size),
        db.select({ total: count() }).from(models).where(matches),
      ])
      return { items, total: totals?.total ?? 0 }
    },
    /** What all model files of a person count, in bytes. */
    async bytesOf(ownerId: string): Promise<number> {
      const bytes = sql<string>`coalesce(sum(${countedBytes(models.size)}), 0)`
      const [row] = await db.select({ bytes }).from(models).where(eq(models.ownerId, ownerId))
      return Number(row?.bytes ?? 0)
    },
    async delete(id: string): Promise<void> {
      await db.delete(models).where(eq(models.id, id))
    },
    /** Notes that an algorithm may use these contents. */
    async give({ algorithmId, ownerId }: ModelRecipient, digests: readonly string[]): Promise<void> {
      if (digests.length === 0) return
      const rows = [...new Set(digests)].map((sha256) => ({ algorithmId, ownerId, sha256 }))
      await db.insert(modelGrants).values(rows).onConflictDoNothing()
    },
    /** The contents among these that an algorithm may use. */
    async given(
      { algorithmId, ownerId }: ModelRecipient,
      digests: readonly string[],
    ): Promise<ReadonlySet<string>> {
      if (digests.length === 0) return new Set()
      const { sha256 } = modelGrants
      const rows = await db
        .select({ sha256 })
        .from(modelGrants)
        .where(
          and(
            eq(modelGrants.algorithmId, algorithmId),
            eq(modelGrants.ownerId, ownerId),
            inArray(sha256, [...digests]),
          ),
        )
      return new Set(rows.map((row) => row.sha256))
    },
    /** Forgets what an algorithm may use. */
    async takeBack(algorithmId: string): Promise<void> {
      await db.delete(modelGrants).where(eq(modelGrants.algorithmId, algorithmId))
    },
    /** Whether anybody has this file. */
    async isOwned(sha256: string): Promise<boolean> {
      const [row] = await db.select({ id: models.id }).from(models).where(eq(models.sha256, sha256)).limit(1)
      return row !== undefined
    },
  }
}
