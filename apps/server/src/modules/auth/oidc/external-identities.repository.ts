import { and, asc, eq, sql } from 'drizzle-orm'
import type { Database } from '../../../adapters/database/database.ts'
import { externalIdentities } from '../auth.tables.ts'

/** Which accounts of other servers open which accounts here. */
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
    /** Waits until no other transaction decides which account this identity opens. The lock ends with the transaction. */
    async lock(issuer: string, subject: string): Promise<void> {
      const lock = `identity ${subject} of ${issuer}`
      await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`)
    },
    /** The identities that open an account, the oldest first. */
    list: (userId: string): Promise<(typeof externalIdentities.$inferSelect)[]> =>
      db
        .select()
        .from(externalIdentities)
        .where(eq(externalIdentities.userId, userId))
        .orderBy(asc(externalIdentities.createdAt), asc(externalIdentities.subject)),
    /** Says whether the identity opened this account until now. */
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
    /** Whether some identity opens this account. */
    async isLinked(userId: string): Promise<boolean> {
      const [found] = await db
        .select({ userId: externalIdentities.userId })
        .from(externalIdentities)
        .where(eq(externalIdentities.userId, userId))
        .limit(1)
      return found !== undefined
    },
    /** Links an account to an identity that has none. */
    async link(identity: { issuer: string; subject: string; userId: string }): Promise<void> {
      await db.insert(externalIdentities).values(identity)
    },
  }
}
