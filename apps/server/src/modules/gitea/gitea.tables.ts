import { pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Settings of the Gitea server; saving inserts a new active row and marks the old inactive, so history stays. */
export const giteaConfigs = pgTable('gitea_configs', {
  id: uuid().primaryKey().defaultRandom(),
  serverUrl: text().notNull(),
  /** Encrypted; never leaves the control plane. */
  accessToken: text().notNull(),
  defaultOwner: text().notNull(),
  repoPrefix: text().notNull().default(''),
  status: text().notNull().default('active').$type<'active' | 'inactive'>(),
  createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  updatedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
})
