import { and, count, desc, eq } from 'drizzle-orm'
import { mentionsAsset } from '../../adapters/database/asset-mentions.ts'
import type { Database } from '../../adapters/database/database.ts'
import { runs } from './runs.tables.ts'

/** The newest runs on an asset, and the number of all of them. They are of one person, or of everybody for null. */
export async function runsOnAsset(
  db: Database,
  filter: { assetId: string; createdById: string | null; limit: number },
): Promise<{ items: { id: string; serviceId: string }[]; total: number }> {
  const where = and(
    mentionsAsset(runs.inputData, filter.assetId),
    filter.createdById === null ? undefined : eq(runs.createdById, filter.createdById),
  )
  const [items, [totals]] = await Promise.all([
    db
      .select({ id: runs.id, serviceId: runs.serviceId })
      .from(runs)
      .where(where)
      .orderBy(desc(runs.createdAt))
      .limit(filter.limit),
    db.select({ total: count() }).from(runs).where(where),
  ])
  return { items, total: totals?.total ?? 0 }
}
