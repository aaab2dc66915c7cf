import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core'
import type { ConfigType, Json } from '@vitrine/contract'
import { algorithmServices } from '../services/services.tables.ts'
import { users } from '../users/users.tables.ts'

/** The scope of a value. The values of a service are deleted with the service. */
const scope = {
  configType: text().notNull().$type<ConfigType>(),
  serviceId: text().references(() => algorithmServices.id, { onDelete: 'cascade' }),
  userId: uuid(),
}

/**
 * The configuration in the database: the newest values, and what the platform keeps for itself. A key is unique within
 * its scope, so two services may both have `service.port`. The value of a secret is sealed text.
 */
export const serviceConfigs = pgTable(
  'service_configs',
  {
    id: uuid().primaryKey().defaultRandom(),
    configKey: text().notNull(),
    configValue: jsonb().notNull().$type<Json>(),
    ...scope,
    description: text().notNull().default(''),
    secret: boolean().notNull().default(false),
    /** The revision that set it. 0 if the platform itself set it. */
    revision: integer().notNull().default(0),
    status: text().notNull().default('active').$type<'active' | 'inactive'>(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp({ withTimezone: true })
      .notNull()
      .defaultNow()
      .$onUpdate(() => sql`now()`),
  },
  (table) => [
    unique('service_configs_scope_key')
      .on(table.configType, table.serviceId, table.userId, table.configKey)
      .nullsNotDistinct(),
  ],
)

/** A change of one or more values, by one person, for one reason. Numbers give the order of all changes. */
export const configRevisions = pgTable('config_revisions', {
  number: integer().primaryKey().generatedAlwaysAsIdentity(),
  authorId: uuid().notNull(),
  authorName: text().notNull(),
  reason: text().notNull().default(''),
  createdAt: timestamp({ withTimezone: true }).notNull(),
})

/** One value that a revision changed. Null means not set. The values of a secret are sealed text. */
export const configChanges = pgTable(
  'config_changes',
  {
    id: uuid().primaryKey().defaultRandom(),
    revision: integer()
      .notNull()
      .references(() => configRevisions.number, { onDelete: 'cascade' }),
    configKey: text().notNull(),
    ...scope,
    before: jsonb().$type<Json>(),
    after: jsonb().$type<Json>(),
    /** Whether `before` is sealed. `secretAfter` says the same of `after`. */
    secretBefore: boolean().notNull().default(false),
    secretAfter: boolean().notNull().default(false),
    description: text().notNull().default(''),
  },
  (table) => [
    index('config_changes_revision_idx').on(table.revision),
    index('config_changes_key_idx').on(table.configType, table.serviceId, table.configKey, table.revision),
  ],
)

/**
 * Changes that wait to be published, each in the draft of one person. `value` is null to remove a value or to keep that
 * of a secret. For a secret it is sealed text. The changes are deleted with their author.
 */
export const configDrafts = pgTable(
  'config_drafts',
  {
    id: uuid().primaryKey().defaultRandom(),
    authorId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    authorName: text().notNull(),
    configKey: text().notNull(),
    ...scope,
    value: jsonb().$type<Json>(),
    unset: boolean().notNull(),
    secret: boolean().notNull(),
    description: text().notNull(),
    /** The revision of the value that the author had read. */
    base: integer().notNull(),
    updatedAt: timestamp({ withTimezone: true }).notNull(),
  },
  (table) => [
    unique('config_drafts_author_key')
      .on(table.configType, table.serviceId, table.userId, table.authorId, table.configKey)
      .nullsNotDistinct(),
  ],
)

/**
 * Changes that a canary tries. They become a revision when the canary has passed, and are deleted if it fails. Secrets
 * of failed canaries stay as long as there is room, because the canary may have printed them and logs must hide them.
 * `value` is as in a draft.
 */
export const configCanaries = pgTable(
  'config_canaries',
  {
    id: uuid().primaryKey().defaultRandom(),
    /** The number that was reserved for the revision. */
    number: integer().notNull(),
    serviceId: text()
      .notNull()
      .references(() => algorithmServices.id, { onDelete: 'cascade' }),
    configKey: text().notNull(),
    value: jsonb().$type<Json>(),
    unset: boolean().notNull(),
    secret: boolean().notNull(),
    description: text().notNull(),
    /** The revision of the value that the author had read. */
    base: integer().notNull(),
    /** Whether the canary has failed. */
    ended: boolean().notNull().default(false),
  },
  (table) => [index('config_canaries_service_idx').on(table.serviceId, table.number)],
)
