import { index, integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { ApiKeyScope } from '@vitrine/contract'
import { users } from '../users/users.tables.ts'

export const apiKeys = pgTable(
  'api_keys',
  {
    id: uuid().primaryKey().defaultRandom(),
    ownerId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    prefix: text().notNull(),
    sha256: text().notNull(),
    scopes: jsonb().notNull().$type<ApiKeyScope[]>(),
    serviceIds: jsonb().$type<string[]>(),
    expiresAt: timestamp({ withTimezone: true }),
    /** At most so many requests a minute. Null: no limit. */
    requestsPerMinute: integer(),
    lastUsedAt: timestamp({ withTimezone: true }),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('api_keys_sha256_key').on(table.sha256),
    index('api_keys_owner_idx').on(table.ownerId),
  ],
)
