import { eq, lt, sql } from 'drizzle-orm'
import type { Database } from '../../../adapters/database/database.ts'
import type { AttemptKind, AttemptLimits } from './attempt-limits.ts'
import { afterFailure, blockedForMs } from './failed-attempts.ts'
import { loginFailures } from '../auth.tables.ts'

/** The subject of a count. */
export type AttemptSubject = { kind: AttemptKind; value: string }

const keyOf = (subject: AttemptSubject) => `${subject.kind}:${subject.value.toLowerCase()}`

/** Failed sign-ins in PostgreSQL, so that they count across processes and restarts. */
export type AttemptsRepository = ReturnType<typeof createAttemptsRepository>

export function createAttemptsRepository({ db, limits }: { db: Database; limits: AttemptLimits }) {
  return {
    /**
     * Counts an attempt as failed before its password is checked, because otherwise many simultaneous attempts would
     * all find a low count. Resolves with the time for which the subject is still blocked, in milliseconds. 0 means
     * that the attempt may be checked. A blocked attempt is not counted.
     */
    consume(subject: AttemptSubject, now: Date): Promise<number> {
      const key = keyOf(subject)
      const limit = limits(subject.kind)
      return db.transaction(async (transaction) => {
        await transaction
          .insert(loginFailures)
          .values({ subject: key, failures: 0, lastFailureAt: now })
          .onConflictDoNothing()
        const [count] = await transaction
          .select()
          .from(loginFailures)
          .where(eq(loginFailures.subject, key))
          .for('update')
        const waitMs = blockedForMs(count ?? null, limit, now)
        if (waitMs === 0)
          await transaction
            .update(loginFailures)
            .set(afterFailure(count ?? null, limit, now))
            .where(eq(loginFailures.subject, key))
        return waitMs
      })
    },

    /** Forgets all failures of a subject. */
    async reset(subject: AttemptSubject): Promise<void> {
      await db.delete(loginFailures).where(eq(loginFailures.subject, keyOf(subject)))
    },

    /** Takes one attempt back, with the block that it caused, because it did not fail. */
    async refund(subject: AttemptSubject): Promise<void> {
      await db
        .update(loginFailures)
        .set({ failures: sql`greatest(0, ${loginFailures.failures} - 1)`, blockedUntil: null })
        .where(eq(loginFailures.subject, keyOf(subject)))
    },

    async removeOlderThan(moment: Date): Promise<void> {
      await db.delete(loginFailures).where(lt(loginFailures.lastFailureAt, moment))
    },
  }
}
