import { sql } from 'drizzle-orm'
import { boolean, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { Role } from '@vitrine/contract'

export const roles = pgTable('roles', {
  name: text().primaryKey().$type<Role>(),
  description: text().notNull(),
})

export const users = pgTable(
  'users',
  {
    id: uuid().primaryKey().defaultRandom(),
    username: text().notNull(),
    passwordHash: text().notNull(),
    role: text()
      .notNull()
      .$type<Role>()
      .references(() => roles.name),
    disabled: boolean().notNull().default(false),
    /**
     * Access tokens from before this time are refused. Set when the password or role changes, or when the
     * user is disabled.
     */
    tokensValidFrom: timestamp({ withTimezone: true }).notNull().defaultNow(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    lastLoginAt: timestamp({ withTimezone: true }),
  },
  (table) => [uniqueIndex('users_username_key').on(sql`lower(${table.username})`)],
)
