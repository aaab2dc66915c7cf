import { eq, notExists, sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { environmentLocks, isRelease, releases } from './releases.tables.ts'

/** A stored list of what is installed in an environment. */
type StoredLock = typeof environmentLocks.$inferSelect

/** Rows of `environment_locks`. */
export const environmentLocksIn = ({ db }: { db: Database }) => ({
  /** What is installed in the environment of a release. Null if that was not recorded. */
  async lockOf(serviceId: string, number: number): Promise<StoredLock | null> {
    const [row] = await db
      .select({ lock: environmentLocks })
      .from(environmentLocks)
      .innerJoin(releases, eq(releases.environmentSha256, environmentLocks.sha256))
      .where(isRelease(serviceId, number))
    return row?.lock ?? null
  },
  /** Stores the list of what is installed in an environment, unless it is there. */
  async keepLock(lock: StoredLock): Promise<void> {
    await db.insert(environmentLocks).values(lock).onConflictDoNothing()
  },
  /** Deletes the lists that no release has any more. */
  async forgetLocks(): Promise<void> {
    const used = db
      .select({ one: sql`1` })
      .from(releases)
      .where(eq(releases.environmentSha256, environmentLocks.sha256))
    await db.delete(environmentLocks).where(notExists(used))
  },
})
