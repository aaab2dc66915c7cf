import { containing } from '../../adapters/database/like-pattern.ts'
import { and, count, desc, eq, gt, ilike, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import type { VisibleRows } from '../../lib/policy.ts'
import { comparesOnly, comparisons } from '../comparisons/comparisons.tables.ts'
import { runs } from '../runs/runs.tables.ts'
import { shares } from './shares.tables.ts'
import { visitorStatements } from './shares.visitors.repository.ts'

/** A link as it is stored. */
export type StoredShare = typeof shares.$inferSelect
/** What can be changed of a link. */
export type ShareChange = Partial<
  Pick<
    StoredShare,
    'title' | 'text' | 'mayRun' | 'maxRuns' | 'expiresAt' | 'passwordHash' | 'tokenHash' | 'embedOrigins'
  >
>
/** Rows of `shares`, `share_visitors` and `share_assets`. */
export type SharesRepository = ReturnType<typeof createSharesRepository>

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
  /** How many links of somebody were not revoked. */
  async countOf(makerId: string): Promise<number> {
    const [found] = await db
      .select({ total: count() })
      .from(shares)
      .where(and(eq(shares.createdById, makerId), isNull(shares.revokedAt)))
    return found?.total ?? 0
  },
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

export const createSharesRepository = ({ db }: { db: Database }) => ({
  ...linkStatements({ db }),
  ...visitorStatements({ db }),
})
