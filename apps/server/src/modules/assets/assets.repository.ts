import { and, count, desc, eq, ilike, or } from 'drizzle-orm'
import { assetVariant, type Asset } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { assets } from './assets.tables.ts'

/** A media file with what only the platform needs. */
export type StoredAsset = typeof assets.$inferSelect

/** Rows of `assets`. */
export type AssetsRepository = ReturnType<typeof createAssetsRepository>

export const toAsset = (row: StoredAsset): Asset => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  mime: row.mime,
  size: row.size,
  status: row.status,
  reason: row.reason,
  width: row.width,
  height: row.height,
  duration_s: row.durationS,
  frame_rate: row.frameRate,
  variants: assetVariant.options.filter((variant) => row.variants[variant] !== undefined),
  tags: row.tags,
  origin: row.origin,
  task_id: row.taskId,
  created_at: row.createdAt.toISOString(),
})

export function createAssetsRepository({ db }: { db: Database }) {
  return {
    async insert(row: typeof assets.$inferInsert): Promise<StoredAsset> {
      const [inserted] = await db.insert(assets).values(row).returning()
      if (!inserted) throw new Error('insert returned no row')
      return inserted
    },
    async get(id: string): Promise<StoredAsset | null> {
      const [row] = await db.select().from(assets).where(eq(assets.id, id))
      return row ?? null
    },
    /** The asset that an example of a package with this content became before. */
    async exampleByHash(sha256: string, name: string): Promise<StoredAsset | null> {
      const [row] = await db
        .select()
        .from(assets)
        .where(and(eq(assets.sha256, sha256), eq(assets.name, name), eq(assets.origin, 'example')))
        .limit(1)
      return row ?? null
    },
    /** A page of what someone may see: their own and the examples; all for `ownerId` null. */
    async list(
      filter: { ownerId: string | null; q: string },
      page: { limit: number; offset: number },
    ): Promise<{ items: Asset[]; total: number }> {
      const visible =
        filter.ownerId === null
          ? undefined
          : or(eq(assets.ownerId, filter.ownerId), eq(assets.origin, 'example'))
      const pattern = `%${filter.q.replaceAll(/[%_\\]/g, (found) => `\\${found}`)}%`
      const where = and(visible, filter.q === '' ? undefined : ilike(assets.name, pattern))
      const [rows, [totals]] = await Promise.all([
        db
          .select()
          .from(assets)
          .where(where)
          .orderBy(desc(assets.createdAt))
          .limit(page.limit)
          .offset(page.offset),
        db.select({ total: count() }).from(assets).where(where),
      ])
      return { items: rows.map(toAsset), total: totals?.total ?? 0 }
    },
    /** Deletes the row; says whether no other row has the same content. */
    async delete(row: StoredAsset): Promise<{ lastOfContent: boolean }> {
      return db.transaction(async (tx) => {
        await tx.delete(assets).where(eq(assets.id, row.id))
        const [others] = await tx.select({ total: count() }).from(assets).where(eq(assets.sha256, row.sha256))
        return { lastOfContent: (others?.total ?? 0) === 0 }
      })
    },
  }
}
