import { sql } from 'drizzle-orm'
import { jsonb, pgTable, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core'
import type { Json } from '@vitrine/contract'

/** Settings in the database. A key is unique within its scope, so two services may both have `service.port`. */
export const serviceConfigs = pgTable(
  'service_configs',
  {
    id: uuid().primaryKey().defaultRandom(),
    configKey: text().notNull(),
    configValue: jsonb().notNull().$type<Json>(),
    configType: text().notNull().$type<'system' | 'service' | 'user'>(),
    serviceId: text(),
    userId: uuid(),
    description: text().notNull().default(''),
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
