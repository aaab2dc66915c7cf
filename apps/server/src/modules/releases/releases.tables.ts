import { and, eq } from 'drizzle-orm'
import { integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
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

/** What a deploy asks of its service beside new code. It takes effect when the release begins to serve. */
export type AskedOfService = { name?: string; frontPort?: number; frontHost?: string; timeoutS?: number }

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
    /** The service's own settings that it is deployed with, for comparing releases. */
    config: jsonb().notNull().$type<ReleaseConfig>(),
    /** What of the service changes with it. */
    serviceChange: jsonb().notNull().default({}).$type<AskedOfService>(),
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

/** That a row of `releases` is this one. */
export const isRelease = (serviceId: string, number: number) =>
  and(eq(releases.serviceId, serviceId), eq(releases.number, number))
