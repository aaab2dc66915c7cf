import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { GrantLevel, Role } from '@vitrine/contract'
import { serviceGroups } from '../services/services.tables.ts'
import { customRoles, roles, users } from '../users/users.tables.ts'

/** What people may do with the services of a group beyond their role. Each is for a person, a built-in role or a custom role. */
export const serviceGrants = pgTable(
  'service_grants',
  {
    id: uuid().primaryKey().defaultRandom(),
    groupId: uuid()
      .notNull()
      .references(() => serviceGroups.id, { onDelete: 'cascade' }),
    level: text().notNull().$type<GrantLevel>(),
    userId: uuid().references(() => users.id, { onDelete: 'cascade' }),
    role: text()
      .$type<Role>()
      .references(() => roles.name),
    customRoleId: uuid().references(() => customRoles.id, { onDelete: 'cascade' }),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    check(
      'service_grants_one_holder',
      sql`num_nonnulls(${table.userId}, ${table.role}, ${table.customRoleId}) = 1`,
    ),
    uniqueIndex('service_grants_user_key').on(table.groupId, table.userId),
    uniqueIndex('service_grants_role_key').on(table.groupId, table.role),
    uniqueIndex('service_grants_custom_role_key').on(table.groupId, table.customRoleId),
    index('service_grants_user_idx').on(table.userId),
  ],
)
