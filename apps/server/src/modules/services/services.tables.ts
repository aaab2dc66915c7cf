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
import { programJson } from '../../adapters/database/storable-columns.ts'
import type {
  GroupColour,
  NetworkPolicy,
  ProcessState,
  ResourceLimits,
  ScalingRule,
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

/** The options of a service for the gateway and for people. They are independent of its release. */
export type ServiceOptions = {
  frontHost: string
  auth: 'required' | 'public'
  timeoutS: number
  rateLimit: { requests: number; window_s: number } | null
  bodyMb: number
  /** Whether what is sent and answered in each call is kept. */
  keepsBodies: boolean
  /** What its instances reach of the network, as its owner states it. */
  network: NetworkPolicy
}

/** A deployed algorithm with its desired state. The runner and the probes report the actual state. */
export const algorithmServices = pgTable(
  'algorithm_services',
  {
    id: text().primaryKey(),
    name: text().notNull(),
    /** Translations of the name in its manifest, which is the service's name until somebody changes it. */
    translations: jsonb().notNull().default({}).$type<Translations>(),
    algorithmId: text()
      .notNull()
      .references(() => algorithms.id),
    groupId: uuid().references(() => serviceGroups.id, { onDelete: 'set null' }),
    desired: text().notNull().$type<'running' | 'stopped'>(),
    mode: text().notNull().$type<ServiceMode>(),
    replicas: integer().notNull().default(1),
    /** The rule that decides about `replicas`. Null: people do. */
    scaling: jsonb().$type<ScalingRule>(),
    /** The service whose other branch this one serves, and that branch. Both null for a service that is no preview. */
    previewOf: text(),
    previewBranch: text(),
    /** Stopped because it was idle. The desired state stays `running`. */
    asleep: boolean().notNull().default(false),
    /** Limits that replace the manifest's. Null: use the manifest's. */
    limits: jsonb().$type<ResourceLimits>(),
    idleMinutes: integer(),
    /** The number of failed probes in a row after which a running instance is restarted. Null: never. */
    unhealthyProbes: integer().default(6),
    frontPort: integer(),
    /** The number of the release that serves. Null before the first successful deploy. */
    currentRelease: integer(),
    /** The number of its account, user and group, on a platform that runs as root. Null until it needs one. */
    account: integer(),
    options: jsonb().notNull().$type<ServiceOptions>(),
    /** The revision of the configuration whose variables its instances have. 0: none. */
    configRevision: integer().notNull().default(0),
    ownerId: uuid().notNull(),
    ownerName: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('algorithm_services_front_port_key').on(table.frontPort),
    uniqueIndex('algorithm_services_account_key').on(table.account),
    index('algorithm_services_algorithm_idx').on(table.algorithmId),
    // With the id, as lists are ordered: without it, each page would sort all services made in the same moment, as those of a batch.
    index('algorithm_services_listed_idx').on(table.createdAt, table.id),
    index('algorithm_services_preview_idx').on(table.previewOf),
  ],
)

/** The history of services and their instances. */
export const serviceEvents = pgTable(
  'service_events',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    at: timestamp({ withTimezone: true }).notNull().defaultNow(),
    serviceId: text()
      .notNull()
      .references(() => algorithmServices.id, { onDelete: 'cascade' }),
    /** Null for the service as a whole. */
    instanceId: text(),
    release: integer(),
    status: text().notNull().$type<ProcessState>(),
    health: text().notNull().$type<ServiceHealth>(),
    reason: programJson().$type<Words>(),
  },
  (table) => [
    index('service_events_service_idx').on(table.serviceId, table.id),
    index('service_events_at_idx').on(table.at),
  ],
)
