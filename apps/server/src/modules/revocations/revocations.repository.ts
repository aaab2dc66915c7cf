import { gt, lte } from 'drizzle-orm'
import type { RevokedLogins } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { revocations } from './revocations.tables.ts'

/** Revoked logins in PostgreSQL. */
export type RevocationsRepository = ReturnType<typeof createRevocationsRepository>

/** `lifeMs` is how long a revocation has an effect: as long as the longest-lived token that it concerns. */
export function createRevocationsRepository({ db, lifeMs }: { db: Database; lifeMs: number }) {
  const oldest = (now: Date) => new Date(now.getTime() - lifeMs)
  return {
    /** Every revocation that concerns tokens which may still be valid, in the gateway's form. */
    async inForce(now: Date): Promise<RevokedLogins[]> {
      const rows = await db
        .select()
        .from(revocations)
        .where(gt(revocations.revokedAt, oldest(now)))
        .orderBy(revocations.subject)
      return rows.map(({ subject, beforeGeneration, revokedAt }) => ({
        subject,
        before_generation: beforeGeneration,
        until: new Date(revokedAt.getTime() + lifeMs).toISOString(),
      }))
    },

    async removeOld(now: Date): Promise<void> {
      await db.delete(revocations).where(lte(revocations.revokedAt, oldest(now)))
    },
  }
}
