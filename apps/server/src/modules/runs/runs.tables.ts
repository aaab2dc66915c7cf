import { sql, type AnyColumn, type SQL } from 'drizzle-orm'
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  real,
  serial,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { programJson, programText } from '../../adapters/database/storable-columns.ts'
import type { Json, PredictResponse, Run } from '@vitrine/contract'
import { algorithmServices } from '../services/services.tables.ts'
import type { StoredCall } from './stored-call.ts'
import type { RunFacts } from './facts/run-facts.ts'
import type { RunFailure, UnkeptFile } from './run-record.ts'

/** The ids of the media files with which a run was made, from its facts: these are small, and its input may be large. */
export const mediaOf = (facts: AnyColumn): SQL<Json[]> =>
  sql<Json[]>`jsonb_path_query_array(${facts}, '$.media[*].assetId')`

export const runs = pgTable(
  'runs',
  {
    id: uuid().primaryKey().defaultRandom(),
    /** No foreign key: runs that a comparison or link shows stay when their service is deleted. */
    serviceId: text().notNull(),
    release: integer(),
    commit: text(),
    status: text().notNull().$type<Run['status']>(),
    progress: real(),
    progressMessage: programText(),
    inputData: jsonb().notNull().$type<Json[]>(),
    /**
     * Sizes of `inputData` and `result` as JSON text, in bytes. With them, lists can leave out large values
     * without reading them.
     */
    inputBytes: integer().notNull(),
    resultBytes: integer().notNull().default(0),
    parameters: jsonb().notNull().$type<Record<string, Json>>(),
    result: programJson().$type<PredictResponse>(),
    error: programJson().$type<RunFailure>(),
    logs: programText().notNull().default(''),
    /**
     * The call of an instance that executes the run, written before it is made. Null before the call and
     * after the end.
     */
    call: jsonb().$type<StoredCall>(),
    /** What the run was made with, at that time. */
    facts: jsonb().notNull().$type<RunFacts>(),
    /** The digest of the result, see `result-digest.ts`. Null without a result. */
    resultSha256: text(),
    /** The run that this one repeats. It may have been deleted since. */
    replayOf: uuid(),
    /** Files that its algorithm returned and that could not be stored, with the reasons. */
    unkeptFiles: programJson()
      .notNull()
      .default(sql`'[]'::jsonb`)
      .$type<UnkeptFile[]>(),
    /** Whether the run is kept however old it is, because a comparison shows it. */
    pinned: boolean().notNull().default(false),
    createdById: uuid().notNull(),
    createdBy: text().notNull(),
    /** If a visitor made it, the maker of their link. */
    linksOf: uuid(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    startedAt: timestamp({ withTimezone: true }),
    finishedAt: timestamp({ withTimezone: true }),
  },
  (table) => [
    index('runs_created_idx').on(table.createdAt),
    index('runs_service_idx').on(table.serviceId, table.createdAt),
    index('runs_open_idx')
      .on(table.status)
      .where(sql`${table.status} in ('queued', 'running')`),
    index('runs_creator_idx').on(table.createdById, table.createdAt),
    index('runs_links_idx')
      .on(table.linksOf)
      .where(sql`${table.linksOf} is not null`),
    index('runs_media_idx').using('gin', sql`${mediaOf(table.facts)} jsonb_path_ops`),
  ],
)

/**
 * The condition that a run was made on the service that has the ID now, not on a deleted one that had it before. It is
 * SQL text, because a query builder would need a database.
 */
export const ofPresentService: SQL = sql`exists (select 1 from ${algorithmServices}
  where ${algorithmServices.id} = ${runs.serviceId} and ${algorithmServices.createdAt} <= ${runs.createdAt})`

/**
 * A file that an algorithm returned in a run, under the name that its instance gave it. Its bytes are in the
 * object store under their hash, and runs share them. When a run is deleted, the row stays until the bytes
 * are deleted too.
 */
export const runFiles = pgTable(
  'run_files',
  {
    id: serial().primaryKey(),
    runId: uuid().references(() => runs.id, { onDelete: 'set null' }),
    name: text().notNull(),
    sha256: text().notNull(),
    mime: text().notNull(),
    size: bigint({ mode: 'number' }).notNull(),
  },
  (table) => [
    uniqueIndex('run_files_name_key').on(table.runId, table.name),
    index('run_files_sha256_idx').on(table.sha256),
  ],
)
