import { index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/**
 * Login tokens that the gateway must refuse although they have not expired, by subject: `session:<id>` or
 * `user:<id>`. A row is written in the same transaction as the change that causes it, and is of no use once
 * every token from before that change has expired.
 */
export const revocations = pgTable(
  'revocations',
  {
    subject: text().primaryKey(),
    /** Only tokens of an earlier generation are refused; null means all. */
    beforeGeneration: integer(),
    revokedAt: timestamp({ withTimezone: true }).notNull(),
  },
  (table) => [index('revocations_revoked_idx').on(table.revokedAt)],
)
