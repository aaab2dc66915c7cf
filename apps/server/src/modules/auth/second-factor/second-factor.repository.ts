import { and, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import type { Database } from '../../../adapters/database/database.ts'
import { endTokensOf } from '../../users/users.tokens.record.ts'
import { users } from '../../users/users.tables.ts'
import { secondFactors } from '../auth.tables.ts'

/** The second factor of a person, as it is stored. */
export type StoredSecondFactor = typeof secondFactors.$inferSelect

/** Second factors, whether confirmed or not. */
export type SecondFactorsRepository = ReturnType<typeof createSecondFactorsRepository>

export function createSecondFactorsRepository({ db }: { db: Database }) {
  const confirmedOf = (userId: string) =>
    and(eq(secondFactors.userId, userId), isNotNull(secondFactors.confirmedAt))
  return {
    async find(userId: string): Promise<StoredSecondFactor | null> {
      const [found] = await db.select().from(secondFactors).where(eq(secondFactors.userId, userId))
      return found ?? null
    },
    /**
     * Stores the secret of a factor that is not confirmed yet, and replaces an earlier one. False if the person already
     * has a confirmed factor.
     */
    async begin(userId: string, secret: string): Promise<boolean> {
      const begun = await db
        .insert(secondFactors)
        .values({ userId, secret })
        .onConflictDoUpdate({
          target: secondFactors.userId,
          set: { secret, lastStep: 0 },
          setWhere: isNull(secondFactors.confirmedAt),
        })
        .returning({ userId: secondFactors.userId })
      return begun.length > 0
    },
    /**
     * Turns the factor on, if it still has this secret and is not on yet. The earlier tokens of the person end in the
     * same transaction. So a sign-in that did not see the factor and begins its session after this finds another
     * generation, and its session ends.
     */
    confirm(
      { userId, secret }: Pick<StoredSecondFactor, 'userId' | 'secret'>,
      on: { confirmedAt: Date; lastStep: number; recoveryHashes: string[] },
    ): Promise<boolean> {
      return db.transaction(async (transaction) => {
        const isThis = and(eq(secondFactors.userId, userId), eq(secondFactors.secret, secret))
        const confirmed = await transaction
          .update(secondFactors)
          .set(on)
          .where(and(isThis, isNull(secondFactors.confirmedAt)))
          .returning({ userId: secondFactors.userId })
        if (confirmed.length === 0) return false
        await endTokensOf(transaction, eq(users.id, userId), on.confirmedAt)
        return true
      })
    },
    /**
     * Uses the code of a time step. False if this or a later step was already used. If two requests send the same code,
     * one of them gets true.
     */
    async takeStep(userId: string, step: number): Promise<boolean> {
      const taken = await db
        .update(secondFactors)
        .set({ lastStep: step })
        .where(and(confirmedOf(userId), lt(secondFactors.lastStep, step)))
        .returning({ userId: secondFactors.userId })
      return taken.length > 0
    },
    /** Uses a recovery code and removes it. False if there is no such code. */
    async takeRecovery(userId: string, hash: string): Promise<boolean> {
      const taken = await db
        .update(secondFactors)
        .set({ recoveryHashes: sql`${secondFactors.recoveryHashes} - ${hash}::text` })
        .where(and(confirmedOf(userId), sql`${secondFactors.recoveryHashes} @> to_jsonb(${hash}::text)`))
        .returning({ userId: secondFactors.userId })
      return taken.length > 0
    },
    async replaceRecovery(userId: string, recoveryHashes: string[]): Promise<void> {
      await db.update(secondFactors).set({ recoveryHashes }).where(confirmedOf(userId))
    },
    /** Removes the factor. False if there was none. */
    async remove(userId: string): Promise<boolean> {
      const removed = await db
        .delete(secondFactors)
        .where(eq(secondFactors.userId, userId))
        .returning({ userId: secondFactors.userId })
      return removed.length > 0
    },
  }
}
