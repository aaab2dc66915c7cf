import { containing } from '../../adapters/database/like-pattern.ts'
import {
  and,
  count,
  desc,
  eq,
  gt,
  ilike,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  notExists,
  or,
  sql,
} from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import type { VisibleRows } from '../../lib/policy.ts'
import { assets } from '../assets/assets.tables.ts'
import { comparesOnly, comparisons } from '../comparisons/comparisons.tables.ts'
import { runs } from '../runs/runs.tables.ts'
import { shareAssets, shares, shareVisitors } from './shares.tables.ts'

/** A link as it is stored. */
export type StoredShare = typeof shares.$inferSelect
/** What can be changed of a link. */
export type ShareChange = Partial<
  Pick<
    StoredShare,
    'title' | 'text' | 'mayRun' | 'maxRuns' | 'expiresAt' | 'passwordHash' | 'tokenHash' | 'embedOrigins'
  >
>
/** A visitor of a link. */
export type StoredVisitor = typeof shareVisitors.$inferSelect

/** The ids of the media files that visitors uploaded, as a subquery. */
export const visitorAssets = (db: Database) => db.select({ id: shareAssets.assetId }).from(shareAssets)

/** Rows of `shares`, `share_visitors` and `share_assets`. */
export type SharesRepository = ReturnType<typeof createSharesRepository>

const isOver = (now: Date) => or(isNotNull(shares.revokedAt), lte(shares.expiresAt, now))
const isGood = (now: Date) =>
  and(isNull(shares.revokedAt), or(isNull(shares.expiresAt), gt(shares.expiresAt, now)))

/** The links of these services alone. Those whose target was deleted belong to none. */
const isOfServices = (db: Database, services: readonly string[]) => {
  const [run, comparison] = [sql<string>`${runs.id}::text`, sql<string>`${comparisons.id}::text`]
  const runIds = db
    .select({ id: run })
    .from(runs)
    .where(inArray(runs.serviceId, [...services]))
  const comparisonIds = db.select({ id: comparison }).from(comparisons).where(comparesOnly(services))
  return or(
    and(eq(shares.kind, 'stage'), inArray(shares.targetId, [...services])),
    and(eq(shares.kind, 'run'), inArray(shares.targetId, runIds)),
    and(eq(shares.kind, 'comparison'), inArray(shares.targetId, comparisonIds)),
  )
}

const isVisible = (db: Database, { ownerId, services }: VisibleRows) =>
  and(
    ownerId === null ? undefined : eq(shares.createdById, ownerId),
    services === null ? undefined : isOfServices(db, services),
  )

const linkStatements = ({ db }: { db: Database }) => ({
  async insert(row: typeof shares.$inferInsert): Promise<StoredShare> {
    const [inserted] = await db.insert(shares).values(row).returning()
    if (!inserted) throw new Error('insert returned no row')
    return inserted
  },
  async get(id: string): Promise<StoredShare | null> {
    const [row] = await db.select().from(shares).where(eq(shares.id, id))
    return row ?? null
  },
  /** A link among those that somebody may see. */
  async getVisible(id: string, visible: VisibleRows): Promise<StoredShare | null> {
    const [row] = await db
      .select()
      .from(shares)
      .where(and(eq(shares.id, id), isVisible(db, visible)))
    return row ?? null
  },
  async byTokenHash(tokenHash: string): Promise<StoredShare | null> {
    const [row] = await db.select().from(shares).where(eq(shares.tokenHash, tokenHash))
    return row ?? null
  },
  async list(
    filter: { visible: VisibleRows; targetId: string | undefined; serviceId: string | undefined; q: string },
    page: { limit: number; offset: number },
  ): Promise<{ rows: StoredShare[]; total: number }> {
    const pattern = containing(filter.q)
    const where = and(
      isVisible(db, filter.visible),
      filter.targetId === undefined ? undefined : eq(shares.targetId, filter.targetId),
      filter.serviceId === undefined ? undefined : isOfServices(db, [filter.serviceId]),
      filter.q === '' ? undefined : or(ilike(shares.title, pattern), ilike(shares.targetId, pattern)),
    )
    const [rows, [totals]] = await Promise.all([
      db
        .select()
        .from(shares)
        .where(where)
        .orderBy(desc(shares.createdAt), desc(shares.id))
        .limit(page.limit)
        .offset(page.offset),
      db.select({ total: count() }).from(shares).where(where),
    ])
    return { rows, total: totals?.total ?? 0 }
  },
  /** The services of these runs, by run. Those that were deleted are left out. */
  async servicesOfRuns(ids: readonly string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map()
    const rows = await db
      .select({ id: runs.id, serviceId: runs.serviceId })
      .from(runs)
      .where(inArray(runs.id, [...ids]))
    return new Map(rows.map(({ id, serviceId }) => [id, serviceId]))
  },
  /** Changes a link that is not revoked. Null if it is. What is not in `change` stays; the ID is set for when that is empty. */
  async change(id: string, change: ShareChange): Promise<StoredShare | null> {
    const [row] = await db
      .update(shares)
      .set({ id, ...change })
      .where(and(eq(shares.id, id), isNull(shares.revokedAt)))
      .returning()
    return row ?? null
  },
  /** Revokes a link. If it is already revoked, the first time stays. */
  async revoke(id: string, now: Date): Promise<void> {
    await db
      .update(shares)
      .set({ revokedAt: now })
      .where(and(eq(shares.id, id), isNull(shares.revokedAt)))
  },
  /** Revokes all links to the stage of a service. */
  async revokeOfStage(serviceId: string, now: Date): Promise<void> {
    const isOfStage = and(eq(shares.kind, 'stage'), eq(shares.targetId, serviceId), isNull(shares.revokedAt))
    await db.update(shares).set({ revokedAt: now }).where(isOfStage)
  },
  async countView(id: string, now: Date): Promise<void> {
    await db
      .update(shares)
      .set({ views: sql`${shares.views} + 1`, lastViewedAt: now })
      .where(eq(shares.id, id))
  },
  /**
   * Takes one of the link's runs, if the link is valid and has one left. Two simultaneous calls never take
   * the same.
   */
  async consumeRun(id: string, now: Date): Promise<StoredShare | null> {
    const [row] = await db
      .update(shares)
      .set({ runsUsed: sql`${shares.runsUsed} + 1` })
      .where(
        and(
          eq(shares.id, id),
          isGood(now),
          eq(shares.mayRun, true),
          or(isNull(shares.maxRuns), lt(shares.runsUsed, shares.maxRuns)),
        ),
      )
      .returning()
    return row ?? null
  },
  /** Gives one run back, because it did not start. */
  async refundRun(id: string): Promise<void> {
    await db
      .update(shares)
      .set({ runsUsed: sql`greatest(0, ${shares.runsUsed} - 1)` })
      .where(eq(shares.id, id))
  },
  /** Ids of the runs that valid links show. */
  async shownRuns(now: Date): Promise<string[]> {
    const rows = await db
      .select({ id: shares.targetId })
      .from(shares)
      .where(and(eq(shares.kind, 'run'), isGood(now)))
    return rows.map(({ id }) => id)
  },
})

async function countAssets(db: Pick<Database, 'select'>, shareId: string): Promise<number> {
  const [totals] = await db
    .select({ total: count() })
    .from(shareAssets)
    .innerJoin(shareVisitors, eq(shareVisitors.id, shareAssets.visitorId))
    .where(eq(shareVisitors.shareId, shareId))
  return totals?.total ?? 0
}

const visitorStatements = ({ db }: { db: Database }) => ({
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
  /** Visitors who came before a time or whose link has ended, and who have no active run. */
  async pastVisitors(before: Date, now: Date): Promise<string[]> {
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
      .select({ bytes: sql<string>`coalesce(sum(${assets.size}), 0)` })
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

export const createSharesRepository = ({ db }: { db: Database }) => ({
  ...linkStatements({ db }),
  ...visitorStatements({ db }),
})
