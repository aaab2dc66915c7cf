import { sql } from 'drizzle-orm'
import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Permission, Role } from '@vitrine/contract'

export const roles = pgTable('roles', {
  name: text().primaryKey().$type<Role>(),
  description: text().notNull(),
})

/** Roles that administrators made of the list of permissions. */
export const customRoles = pgTable(
  'custom_roles',
  {
    id: uuid().primaryKey().defaultRandom(),
    name: text().notNull(),
    description: text().notNull(),
    permissions: jsonb().notNull().$type<Permission[]>(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [uniqueIndex('custom_roles_name_key').on(sql`lower(${table.name})`)],
)

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
    /** Replaces the permissions of `role`, which is then `user`. */
    customRoleId: uuid().references(() => customRoles.id),
    disabled: boolean().notNull().default(false),
    /**
     * Access tokens of an earlier generation are refused. It grows when the password or role changes, or when the
     * user is disabled. A number, not a time: a token can be issued in the same instant as a change, or after it with
     * what was read before it.
     */
    tokenGeneration: integer().notNull().default(0),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    lastLoginAt: timestamp({ withTimezone: true }),
  },
  (table) => [
    uniqueIndex('users_username_key').on(sql`lower(${table.username})`),
    index('users_custom_role_idx').on(table.customRoleId),
  ],
)
