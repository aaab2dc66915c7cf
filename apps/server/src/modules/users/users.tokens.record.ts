import { sql, type SQL } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { recordRevocations } from '../revocations/revocations.record.ts'
import { users } from './users.tables.ts'

/** The key of the advisory lock that protects the set of administrators, and who has which role. */
const administrationLock = 7_306_114_002

/** Waits until no other transaction changes administrators or roles. The lock ends with the transaction. */
export async function lockAdministration(db: Pick<Database, 'execute'>): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(${administrationLock})`)
}

/**
 * Begins a new generation of login tokens for these people, and records that the gateway must refuse the earlier ones. `db` is
 * the transaction of the change that makes them invalid. Resolves with the people.
 */
export async function endTokensOf(
  db: Pick<Database, 'update' | 'insert'>,
  who: SQL | undefined,
  now: Date,
): Promise<string[]> {
  const rows = await db
    .update(users)
    .set({ tokenGeneration: sql`${users.tokenGeneration} + 1` })
    .where(who)
    .returning()
  const entries = rows.map(({ id, disabled, tokenGeneration }) => ({
    of: { user: id },
    // A sign-in that was under way may still issue a token to an account that was just disabled.
    beforeGeneration: disabled ? null : tokenGeneration,
  }))
  await recordRevocations(db, entries, now)
  return rows.map(({ id }) => id)
}
