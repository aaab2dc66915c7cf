import { and, eq } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { externalIdentities } from './auth.tables.ts'

/** Which accounts of other servers open which accounts here. */
export type ExternalIdentitiesRepository = ReturnType<typeof createExternalIdentitiesRepository>

export function createExternalIdentitiesRepository({ db }: { db: Database }) {
  const userIdOf = async (issuer: string, subject: string): Promise<string | null> => {
    const [found] = await db
      .select({ userId: externalIdentities.userId })
      .from(externalIdentities)
      .where(and(eq(externalIdentities.issuer, issuer), eq(externalIdentities.subject, subject)))
    return found?.userId ?? null
  }
  return {
    userIdOf,
    /** Links an account, unless it is linked already. Resolves with whose it is. */
    async link(identity: { issuer: string; subject: string; userId: string }): Promise<string> {
      await db.insert(externalIdentities).values(identity).onConflictDoNothing()
      return (await userIdOf(identity.issuer, identity.subject)) ?? identity.userId
    },
  }
}
