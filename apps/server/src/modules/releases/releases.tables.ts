import { and, eq } from 'drizzle-orm'
import { boolean, integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { programJson, programText } from '../../adapters/database/storable-columns.ts'
import type { Manifest, NetworkPolicy, ResourceLimits, ServiceMode, StageExample } from '@vitrine/contract'
import type { Words } from '../../lib/words.ts'
import type { StoredImage } from '../images/stored-image.ts'
import type { AppFacts } from './app-facts.ts'
import type { StoredMapping } from './stored-mapping.ts'
import { algorithmServices, type ServiceOptions } from '../services/services.tables.ts'

/** The settings of a service at the time of a deploy. */
export type ReleaseConfig = ServiceOptions & {
  replicas: number
  mode: ServiceMode
  limits: ResourceLimits | null
}

/** The options of its service that a deploy requests. They take effect when the release begins to serve. */
export type AskedOfService = {
  name?: string
  frontPort?: number
  /**
   * The front port that a deploy of a service without one asked for. The service has it at once, so the switch does not
   * set it again: somebody may have changed it since. It is kept in case the deploy fails.
   */
  firstPort?: number
  frontHost?: string
  timeoutS?: number
  network?: NetworkPolicy
  mode?: ServiceMode
  /** The revision of the configuration whose variables its instances have. */
  configRevision?: number
}

/**
 * One deployed state of a service: code, environment and settings. After the deploy only what follows from serving changes:
 * status, failure, examples, cover, health path, what its server offers, what a model says about its input, the operation that
 * replaces `predict`, and the number of instances made.
 */
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
    /** The digest of the list of what is installed in that environment. Null if none was made. */
    environmentSha256: text(),
    /** The image that its containers are made from. Null if it runs from its folder. */
    image: jsonb().$type<StoredImage>(),
    /** The path where its instances report their health, if its manifest does not say: found at its first start. */
    healthPath: text(),
    /** What the server of a package's own offers: what its first start found. Null if it was not examined. */
    appFacts: jsonb().$type<AppFacts>(),
    /**
     * The operation of that server's API that replaces `predict`. Its schemas replace those of the manifest, and its
     * demo inputs those of the package.
     */
    api: jsonb().$type<StoredMapping>(),
    /** The manifest's demo inputs, with stored assets as media. */
    examples: jsonb().notNull().default([]).$type<StageExample[]>(),
    coverAssetId: uuid(),
    /** The settings of the service with which it is deployed, for comparing releases. */
    config: jsonb().notNull().$type<ReleaseConfig>(),
    /** The options of the service that change with it. */
    serviceChange: jsonb().notNull().default({}).$type<AskedOfService>(),
    /** Why it failed, if it did. */
    failure: programJson().$type<Words>(),
    /**
     * How many instances it has ever had, which is the number of the last one, so that an instance id is
     * never used twice.
     */
    instancesMade: integer().notNull().default(0),
    status: text().notNull().$type<'deploying' | 'active' | 'retired' | 'failed'>(),
    createdBy: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [uniqueIndex('releases_number_key').on(table.serviceId, table.number)],
)

/** A list of what is installed in an environment. Releases that have the same share it. */
export const environmentLocks = pgTable('environment_locks', {
  sha256: text().primaryKey(),
  text: programText().notNull(),
  /** Whether the text is only the beginning of the list. */
  cut: boolean().notNull(),
})

/** A condition: the row of `releases` is this release. */
export const isRelease = (serviceId: string, number: number) =>
  and(eq(releases.serviceId, serviceId), eq(releases.number, number))
