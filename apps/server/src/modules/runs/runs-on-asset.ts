import { and, desc, eq, sql } from 'drizzle-orm'
import { isNamedIn } from '../../adapters/database/asset-mentions.ts'
import type { Database } from '../../adapters/database/database.ts'
import { mediaOf, runs } from './runs.tables.ts'

/**
 * The newest runs on an asset, and the number of all of them. They are of one person, or of everybody for null. The count makes
 * PostgreSQL find all of them by the index, instead of looking for the newest among all runs.
 */
export async function runsOnAsset(
  db: Database,
  filter: { assetId: string; createdById: string | null; limit: number },
): Promise<{ items: { id: string; serviceId: string }[]; total: number }> {
  const { id, serviceId } = runs
  const rows = await db
    .select({ id, serviceId, total: sql<number>`count(*) over ()`.mapWith(Number) })
    .from(runs)
    .where(
      and(
        isNamedIn(mediaOf(runs.facts), filter.assetId),
        filter.createdById === null ? undefined : eq(runs.createdById, filter.createdById),
      ),
    )
    .orderBy(desc(runs.createdAt))
    .limit(filter.limit)
  return { items: rows.map((row) => ({ id: row.id, serviceId: row.serviceId })), total: rows[0]?.total ?? 0 }
}
