import { and, asc, eq, sql } from 'drizzle-orm'
import type { Database } from '../../../adapters/database/database.ts'
import { externalIdentities } from '../auth.tables.ts'

/** Identities on other servers, each with the account that it opens here. */
export type ExternalIdentitiesRepository = ReturnType<typeof createExternalIdentitiesRepository>

export function createExternalIdentitiesRepository({ db }: { db: Database }) {
  return {
    async userIdOf(issuer: string, subject: string): Promise<string | null> {
      const [found] = await db
        .select({ userId: externalIdentities.userId })
        .from(externalIdentities)
        .where(and(eq(externalIdentities.issuer, issuer), eq(externalIdentities.subject, subject)))
      return found?.userId ?? null
    },
    /**
     * Takes a lock, so that no other transaction decides at the same time which account this identity opens. The lock
     * ends with the transaction.
     */
    async lock(issuer: string, subject: string): Promise<void> {
      const lock = `identity ${subject} of ${issuer}`
      await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`)
    },
    /** The identities that open an account, oldest first. */
    list: (userId: string): Promise<(typeof externalIdentities.$inferSelect)[]> =>
      db
        .select()
        .from(externalIdentities)
        .where(eq(externalIdentities.userId, userId))
        .orderBy(asc(externalIdentities.createdAt), asc(externalIdentities.subject)),
    /** Removes an identity from an account. Resolves with whether it belonged to this account. */
    async unlink({
      issuer,
      subject,
      userId,
    }: {
      issuer: string
      subject: string
      userId: string
    }): Promise<boolean> {
      const removed = await db
        .delete(externalIdentities)
        .where(
          and(
            eq(externalIdentities.userId, userId),
            eq(externalIdentities.issuer, issuer),
            eq(externalIdentities.subject, subject),
          ),
        )
        .returning({ subject: externalIdentities.subject })
      return removed.length > 0
    },
    /** Whether an identity of this server opens this account. */
    async isLinked(userId: string, issuer: string): Promise<boolean> {
      const [found] = await db
        .select({ userId: externalIdentities.userId })
        .from(externalIdentities)
        .where(and(eq(externalIdentities.userId, userId), eq(externalIdentities.issuer, issuer)))
        .limit(1)
      return found !== undefined
    },
    /** Links an account to an identity that has none. */
    async link(identity: { issuer: string; subject: string; userId: string }): Promise<void> {
      await db.insert(externalIdentities).values(identity)
    },
  }
}
