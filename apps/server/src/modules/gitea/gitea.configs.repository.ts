import { count, desc, eq, sql } from 'drizzle-orm'
import type { ListQuery } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { giteaConfigs } from './gitea.tables.ts'

/** Saved settings, as they are stored. */
export type StoredGiteaConfig = typeof giteaConfigs.$inferSelect

/** Rows of `gitea_configs`. */
export type GiteaConfigs = ReturnType<typeof createGiteaConfigs>

export function createGiteaConfigs({ db }: { db: Database }) {
  const deactivate = (within: Database, now: Date) =>
    within
      .update(giteaConfigs)
      .set({ status: 'inactive', accessToken: '', updatedAt: now })
      .where(eq(giteaConfigs.status, 'active'))
  return {
    /** The settings that count; null if none are saved. */
    async active(): Promise<StoredGiteaConfig | null> {
      const [row] = await db.select().from(giteaConfigs).where(eq(giteaConfigs.status, 'active'))
      return row ?? null
    },
    /** Saves settings, which count from then on. The former ones stay in the history. */
    async save(row: typeof giteaConfigs.$inferInsert & { createdAt: Date }): Promise<void> {
      await db.transaction(async (within) => {
        // Two saves at once: the second waits for the first.
        await within.execute(sql`lock table ${giteaConfigs} in share row exclusive mode`)
        await deactivate(within, row.createdAt)
        await within.insert(giteaConfigs).values(row)
      })
    },
    /** From now on none count. */
    async deactivate(now: Date): Promise<void> {
      await deactivate(db, now)
    },
    /** A page of all settings that were saved, newest first. */
    async history(query: ListQuery): Promise<{ items: StoredGiteaConfig[]; total: number }> {
      const items = await db
        .select()
        .from(giteaConfigs)
        .orderBy(desc(giteaConfigs.createdAt), giteaConfigs.id)
        .limit(query.page_size)
        .offset((query.page - 1) * query.page_size)
      const [totals] = await db.select({ total: count() }).from(giteaConfigs)
      return { items, total: totals?.total ?? 0 }
    },
  }
}
