import { and, count, eq, gt, inArray, isNotNull, lt, lte, notExists, or } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { assets, mediaBytes } from '../assets/assets.tables.ts'
import { runs } from '../runs/runs.tables.ts'
import { shareAssets, shares, shareVisitors } from './shares.tables.ts'

/** A visitor of a link. */
export type StoredVisitor = typeof shareVisitors.$inferSelect

/** The ids of the media files that visitors uploaded, as a subquery. */
export const visitorAssets = (db: Database) => db.select({ id: shareAssets.assetId }).from(shareAssets)

const isOver = (now: Date) => or(isNotNull(shares.revokedAt), lte(shares.expiresAt, now))

async function countAssets(db: Pick<Database, 'select'>, shareId: string): Promise<number> {
  const [totals] = await db
    .select({ total: count() })
    .from(shareAssets)
    .innerJoin(shareVisitors, eq(shareVisitors.id, shareAssets.visitorId))
    .where(eq(shareVisitors.shareId, shareId))
  return totals?.total ?? 0
}

/** Statements about the visitors of links, and about what they have uploaded. */
export const visitorStatements = ({ db }: { db: Database }) => ({
  async addVisitor(row: {
    shareId: string
    secretHash: string
    passwordHash: string | null
    createdAt: Date
  }): Promise<StoredVisitor> {
    // A page that made its own secret comes again with the same one, e.g. when the password was changed.
    const [inserted] = await db
      .insert(shareVisitors)
      .values(row)
      .onConflictDoUpdate({
        target: shareVisitors.secretHash,
        set: { passwordHash: row.passwordHash, createdAt: row.createdAt },
      })
      .returning()
    if (!inserted) throw new Error('insert returned no row')
    return inserted
  },
  /** The visitor of this link with this cookie, if they came after a time. */
  async visitor(by: { shareId: string; secretHash: string; after: Date }): Promise<StoredVisitor | null> {
    const [row] = await db
      .select()
      .from(shareVisitors)
      .where(
        and(
          eq(shareVisitors.secretHash, by.secretHash),
          eq(shareVisitors.shareId, by.shareId),
          gt(shareVisitors.createdAt, by.after),
        ),
      )
    return row ?? null
  },
  /** At most `most` visitors who came before a time or whose link has ended, and who have no active run. */
  async pastVisitors({ before, now, most }: { before: Date; now: Date; most: number }): Promise<string[]> {
    const rows = await db
      .select({ id: shareVisitors.id })
      .from(shareVisitors)
      .innerJoin(shares, eq(shares.id, shareVisitors.shareId))
      .where(
        and(
          or(lt(shareVisitors.createdAt, before), isOver(now)),
          notExists(
            db
              .select({ id: runs.id })
              .from(runs)
              .where(
                and(eq(runs.createdById, shareVisitors.id), inArray(runs.status, ['queued', 'running'])),
              ),
          ),
        ),
      )
      .limit(most)
    return rows.map(({ id }) => id)
  },
  async removeVisitors(ids: readonly string[]): Promise<void> {
    await db.delete(shareVisitors).where(inArray(shareVisitors.id, [...ids]))
  },
  /**
   * Records an upload, unless the link's visitors together have `most` already. Two simultaneous calls never take
   * the same place. Resolves with whether it was recorded.
   */
  async addAsset(row: {
    assetId: string
    visitorId: string
    shareId: string
    most: number
  }): Promise<boolean> {
    return db.transaction(async (tx) => {
      await tx.select({ id: shares.id }).from(shares).where(eq(shares.id, row.shareId)).for('update')
      if ((await countAssets(tx, row.shareId)) >= row.most) return false
      await tx.insert(shareAssets).values({ assetId: row.assetId, visitorId: row.visitorId })
      return true
    })
  },
  async isAssetOf(row: { assetId: string; visitorId: string }): Promise<boolean> {
    const rows = await db
      .select({ assetId: shareAssets.assetId })
      .from(shareAssets)
      .where(and(eq(shareAssets.assetId, row.assetId), eq(shareAssets.visitorId, row.visitorId)))
    return rows.length > 0
  },
  async assetsOf(visitorIds: readonly string[]): Promise<string[]> {
    const rows = await db
      .select({ id: shareAssets.assetId })
      .from(shareAssets)
      .where(inArray(shareAssets.visitorId, [...visitorIds]))
    return rows.map(({ id }) => id)
  },
  /** The bytes of all files that visitors have uploaded through the links of a person. */
  async uploadedThroughLinksOf(makerId: string): Promise<number> {
    const [row] = await db
      .select({ bytes: mediaBytes })
      .from(shareAssets)
      .innerJoin(shareVisitors, eq(shareVisitors.id, shareAssets.visitorId))
      .innerJoin(shares, eq(shares.id, shareVisitors.shareId))
      .innerJoin(assets, eq(assets.id, shareAssets.assetId))
      .where(eq(shares.createdById, makerId))
    return Number(row?.bytes ?? 0)
  },
  /** How many uploaded files of a link's visitors still exist. */
  countAssets: (shareId: string): Promise<number> => countAssets(db, shareId),
})
