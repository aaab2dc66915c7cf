import { sql } from 'drizzle-orm'
import { pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'

/**
 * Settings of the Gitea server. Saving inserts a new active row and marks the old one inactive, so that the
 * history is kept.
 */
export const giteaConfigs = pgTable(
  'gitea_configs',
  {
    id: uuid().primaryKey().defaultRandom(),
    serverUrl: text().notNull(),
    /** Encrypted; never leaves the control plane. Empty once the settings do not count any more. */
    accessToken: text().notNull(),
    defaultOwner: text().notNull(),
    repoPrefix: text().notNull().default(''),
    status: text().notNull().default('active').$type<'active' | 'inactive'>(),
    createdBy: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  ({ status }) => [
    uniqueIndex('gitea_configs_active_key')
      .on(status)
      .where(sql`${status} = 'active'`),
  ],
)
