import {
  bigserial,
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
import { heardJson } from '../../adapters/database/storable-columns.ts'
import type {
  GroupColour,
  ProcessState,
  ResourceLimits,
  ServiceHealth,
  ServiceMode,
  Translations,
} from '@vitrine/contract'
import type { Words } from '../../lib/words.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'

export const serviceGroups = pgTable('service_groups', {
  id: uuid().primaryKey().defaultRandom(),
  name: text().notNull().unique(),
  colour: text().notNull().$type<GroupColour>(),
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
    /** Of the name in its manifest, which is its own until somebody gives it another. */
    translations: jsonb().notNull().default({}).$type<Translations>(),
    algorithmId: text()
      .notNull()
      .references(() => algorithms.id),
    groupId: uuid().references(() => serviceGroups.id, { onDelete: 'set null' }),
    desired: text().notNull().$type<'running' | 'stopped'>(),
    mode: text().notNull().$type<ServiceMode>(),
    replicas: integer().notNull().default(1),
    /** Stopped because nobody called it; what is desired stays `running`. */
    asleep: boolean().notNull().default(false),
    /** Instead of the manifest's; null: those of the manifest. */
    limits: jsonb().$type<ResourceLimits>(),
    idleMinutes: integer(),
    /** Bad probes in a row after which an instance that lives is restarted; null: never. */
    unhealthyProbes: integer().default(6),
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

/** How services and their instances changed: their history. */
export const serviceEvents = pgTable(
  'service_events',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    at: timestamp({ withTimezone: true }).notNull().defaultNow(),
    serviceId: text()
      .notNull()
      .references(() => algorithmServices.id, { onDelete: 'cascade' }),
    /** Null: the service as a whole. */
    instanceId: text(),
    release: integer(),
    status: text().notNull().$type<ProcessState>(),
    health: text().notNull().$type<ServiceHealth>(),
    reason: heardJson().$type<Words>(),
  },
  (table) => [
    index('service_events_service_idx').on(table.serviceId, table.id),
    index('service_events_at_idx').on(table.at),
  ],
)
