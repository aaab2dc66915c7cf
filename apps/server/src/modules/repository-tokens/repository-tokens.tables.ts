import { boolean, index, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import { users } from '../users/users.tables.ts'

/** Tokens of one git repository each. Only their hashes are stored. */
export const repositoryTokens = pgTable(
  'repository_tokens',
  {
    id: uuid().primaryKey().defaultRandom(),
    algorithmId: text()
      .notNull()
      .references(() => algorithms.id, { onDelete: 'cascade' }),
    /** In whose name it reads and pushes. It goes with the person. */
    ownerId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    prefix: text().notNull(),
    sha256: text().notNull(),
    mayWrite: boolean().notNull(),
    expiresAt: timestamp({ withTimezone: true }),
    lastUsedAt: timestamp({ withTimezone: true }),
    createdAt: timestamp({ withTimezone: true }).notNull(),
  },
  (table) => [
    uniqueIndex('repository_tokens_sha256_key').on(table.sha256),
    index('repository_tokens_algorithm_idx').on(table.algorithmId),
    index('repository_tokens_owner_idx').on(table.ownerId),
  ],
)
