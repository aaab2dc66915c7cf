import { and, eq } from 'drizzle-orm'
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
import { heardJson } from '../../adapters/database/storable-columns.ts'
import type { Manifest, ResourceLimits, ServiceMode, StageExample } from '@vitrine/contract'
import type { Words } from '../../lib/words.ts'
import { algorithmServices, type ServiceOptions } from '../services/services.tables.ts'

/** A service's own settings as they were at a deploy. */
export type ReleaseConfig = ServiceOptions & {
  replicas: number
  mode: ServiceMode
  limits: ResourceLimits | null
}

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
    /** The service's own settings when it was deployed, for comparing releases; null for those made before they were kept. */
    config: jsonb().$type<ReleaseConfig>(),
    /** Why it failed, where it did. */
    failure: heardJson().$type<Words>(),
    /** How many instances it ever had: the number of the last one, so that an instance's name is never given twice. */
    instancesMade: integer().notNull().default(0),
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
    /** What runs it; a service that changes its mode has instances of both for a while. */
    mode: text().notNull().default('supervisor').$type<ServiceMode>(),
    /** Times that it was started again because of its health, although it lived. */
    healthRestarts: integer().notNull().default(0),
    /** Limits that it was made with. */
    limits: jsonb().notNull().default({}).$type<ResourceLimits>(),
    /** Made by a task that has not come to its end: taken away again if it fails or is begun anew. */
    onTrial: boolean().notNull().default(false),
    /** Tells its log files from those of the replica's other instances. */
    logPart: text().notNull().default(''),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('instances_service_idx').on(table.serviceId, table.release)],
)

/** That a row of `releases` is this one. */
export const isRelease = (serviceId: string, number: number) =>
  and(eq(releases.serviceId, serviceId), eq(releases.number, number))

/** That a row of `instances` is of this release. */
export const isInstanceOf = (serviceId: string, release: number) =>
  and(eq(instances.serviceId, serviceId), eq(instances.release, release))
