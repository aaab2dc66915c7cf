import { index, integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { Manifest, StageExample } from '@vitrine/contract'
import { algorithmServices } from '../services/services.tables.ts'

/** One deployed state of a service: immutable once made, but for its status. */
export const releases = pgTable(
  'releases',
  {
    id: uuid().primaryKey().defaultRandom(),
    serviceId: text()
      .notNull()
      .references(() => algorithmServices.id, { onDelete: 'cascade' }),
    number: integer().notNull(),
    commit: text().notNull(),
    manifest: jsonb().notNull().$type<Manifest>(),
    environmentHash: text(),
    /** The manifest's demo inputs, with media as stored assets. */
    examples: jsonb().notNull().default([]).$type<StageExample[]>(),
    coverAssetId: uuid(),
    /** Why it failed, where it did. */
    failure: text(),
    status: text().notNull().$type<'deploying' | 'active' | 'retired' | 'failed'>(),
    createdBy: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [uniqueIndex('releases_number_key').on(table.serviceId, table.number)],
)

/** A process that should exist, known to the runner by its id. */
export const instances = pgTable(
  'instances',
  {
    id: text().primaryKey(),
    serviceId: text()
      .notNull()
      .references(() => algorithmServices.id, { onDelete: 'cascade' }),
    release: integer().notNull(),
    replica: integer().notNull(),
    port: integer().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('instances_service_idx').on(table.serviceId, table.release)],
)
