import { sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { revocations } from './revocations.tables.ts'

/** The logins to refuse from now on: those of a session, or those of a user. */
type Revocation = {
  of: { session: string } | { user: string }
  /** Only those of an earlier generation; null for all. */
  beforeGeneration: number | null
}

const subjectOf = (of: Revocation['of']) => ('session' in of ? `session:${of.session}` : `user:${of.user}`)

/**
 * Records revocations. `db` is the transaction of the change that causes them. A later revocation of the same
 * subject replaces the earlier one.
 */
export async function recordRevocations(
  db: Pick<Database, 'insert'>,
  entries: readonly Revocation[],
  now: Date,
): Promise<void> {
  if (entries.length === 0) return
  await db
    .insert(revocations)
    .values(
      entries.map(({ of, beforeGeneration }) => ({
        subject: subjectOf(of),
        beforeGeneration,
        revokedAt: now,
      })),
    )
    .onConflictDoUpdate({
      target: revocations.subject,
      set: { beforeGeneration: sql`excluded.before_generation`, revokedAt: sql`excluded.revoked_at` },
    })
}
