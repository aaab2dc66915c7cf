import {
  bigint,
  boolean,
  index,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Json } from '@vitrine/contract'

export const auditLog = pgTable(
  'audit_log',
  {
    id: uuid().primaryKey().defaultRandom(),
    /** The place in the chain, from 1 without a gap. */
    number: bigint({ mode: 'number' }).notNull(),
    actor: text().notNull(),
    /** The id of the person, or of the owner of a key. The name may become somebody else's after a deletion. */
    actorId: text(),
    action: text().notNull(),
    target: text().notNull(),
    details: jsonb().notNull().$type<Record<string, Json>>(),
    requestId: text(),
    /** The digest of everything that an erasure removes, so that the chain can still be checked afterwards. */
    digest: text().notNull(),
    hash: text().notNull(),
    /** The content was removed because it is old. The entry keeps its place in the chain. */
    erased: boolean().notNull().default(false),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    index('audit_log_created_idx').on(table.createdAt),
    uniqueIndex('audit_log_number_key').on(table.number),
    // For the last names that the log states of its targets.
    index('audit_log_target_idx').on(table.target, table.createdAt),
  ],
)

/** The end of the chain, in one row. Whoever appends changes it, so that nobody else appends at the same moment. */
export const auditChain = pgTable('audit_chain', {
  id: boolean().primaryKey().default(true),
  /** The number of the last entry. */
  number: bigint({ mode: 'number' }).notNull(),
  hash: text().notNull(),
})
