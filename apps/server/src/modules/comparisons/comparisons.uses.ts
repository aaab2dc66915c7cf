import { and, desc, eq, sql } from 'drizzle-orm'
import { isNamedIn, namedAssets } from '../../adapters/database/asset-mentions.ts'
import type { Database } from '../../adapters/database/database.ts'
import { comparisons } from './comparisons.tables.ts'

/** The newest comparisons with an asset, and how many there are. Of one person, or of everybody for null. */
export async function comparisonsOnAsset(
  db: Database,
  filter: { assetId: string; createdById: string | null; limit: number },
): Promise<{ items: { id: string; title: string }[]; total: number }> {
  const { id, title } = comparisons
  const rows = await db
    .select({ id, title, total: sql<number>`count(*) over ()`.mapWith(Number) })
    .from(comparisons)
    .where(
      and(
        isNamedIn(namedAssets(comparisons.inputData), filter.assetId),
        filter.createdById === null ? undefined : eq(comparisons.createdById, filter.createdById),
      ),
    )
    .orderBy(desc(comparisons.createdAt))
    .limit(filter.limit)
  return { items: rows.map((row) => ({ id: row.id, title: row.title })), total: rows[0]?.total ?? 0 }
}
