import { index, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { Role } from '@vitrine/contract'
import { customRoles, roles, users } from '../users/users.tables.ts'

/** Invitations. Only the hash of a token is stored. They end with the person who made them and with their role. */
export const invites = pgTable(
  'invites',
  {
    id: uuid().primaryKey().defaultRandom(),
    tokenHash: text().notNull(),
    role: text()
      .notNull()
      .$type<Role>()
      .references(() => roles.name),
    /** Offered instead of `role`, which is then `user`. */
    customRoleId: uuid().references(() => customRoles.id, { onDelete: 'cascade' }),
    note: text().notNull(),
    createdBy: text().notNull(),
    createdById: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    createdAt: timestamp({ withTimezone: true }).notNull(),
    expiresAt: timestamp({ withTimezone: true }).notNull(),
    usedAt: timestamp({ withTimezone: true }),
    usedBy: text(),
  },
  (table) => [
    uniqueIndex('invites_token_key').on(table.tokenHash),
    index('invites_created_idx').on(table.createdAt),
  ],
)
