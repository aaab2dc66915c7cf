import { and, count, desc, eq } from 'drizzle-orm'
import { mentionsAsset } from '../../adapters/database/asset-mentions.ts'
import type { Database } from '../../adapters/database/database.ts'
import { comparisons } from './comparisons.tables.ts'

/** The newest comparisons with an asset, and how many there are. Of one person, or of everybody for null. */
export async function comparisonsOnAsset(
  db: Database,
  filter: { assetId: string; createdById: string | null; limit: number },
): Promise<{ items: { id: string; title: string }[]; total: number }> {
  const where = and(
    mentionsAsset(comparisons.inputData, filter.assetId),
    filter.createdById === null ? undefined : eq(comparisons.createdById, filter.createdById),
  )
  const [items, [totals]] = await Promise.all([
    db
      .select({ id: comparisons.id, title: comparisons.title })
      .from(comparisons)
      .where(where)
      .orderBy(desc(comparisons.createdAt))
      .limit(filter.limit),
    db.select({ total: count() }).from(comparisons).where(where),
  ])
  return { items, total: totals?.total ?? 0 }
}
