import { index, integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { algorithms } from '../algorithms/algorithms.tables.ts'

export const serviceGroups = pgTable('service_groups', {
  id: uuid().primaryKey().defaultRandom(),
  name: text().notNull().unique(),
  colour: text().notNull(),
  position: integer().notNull().default(0),
  createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
})

/** What a service is to the gateway and to people, beside what it runs. */
export type ServiceOptions = {
  frontHost: string
  auth: 'required' | 'public'
  timeoutS: number
  rateLimit: { requests: number; window_s: number } | null
  bodyMb: number
}

/** A deployed algorithm: what is desired of it. What is, the runner and the probes report. */
export const algorithmServices = pgTable(
  'algorithm_services',
  {
    id: text().primaryKey(),
    name: text().notNull(),
    algorithmId: text()
      .notNull()
      .references(() => algorithms.id),
    groupId: uuid().references(() => serviceGroups.id, { onDelete: 'set null' }),
    desired: text().notNull().$type<'running' | 'stopped'>(),
    mode: text().notNull().$type<'supervisor' | 'local' | 'docker'>(),
    replicas: integer().notNull().default(1),
    frontPort: integer(),
    /** Number of the release that serves; null before the first deploy has succeeded. */
    currentRelease: integer(),
    options: jsonb().notNull().$type<ServiceOptions>(),
    ownerId: uuid().notNull(),
    ownerName: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('algorithm_services_front_port_key').on(table.frontPort),
    index('algorithm_services_algorithm_idx').on(table.algorithmId),
    index('algorithm_services_created_idx').on(table.createdAt),
  ],
)
