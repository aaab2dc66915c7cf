import { sql } from 'drizzle-orm'
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
import { heardJson, heardText } from '../../adapters/database/storable-columns.ts'
import type { Json, PredictResponse, Run } from '@vitrine/contract'
import type { StoredCall } from './run-call.ts'
import type { StoredFailure, UnkeptFile } from './run-record.ts'

export const runs = pgTable(
  'runs',
  {
    id: uuid().primaryKey().defaultRandom(),
    /** No reference: what a comparison or a link shows outlives its service. */
    serviceId: text().notNull(),
    release: integer(),
    commit: text(),
    status: text().notNull().$type<Run['status']>(),
    progress: real(),
    progressMessage: heardText(),
    inputData: jsonb().notNull().$type<Json[]>(),
    /** Size of `inputData` and `result` as JSON text: lists leave out what is large without looking at it. */
    inputBytes: integer().notNull(),
    resultBytes: integer().notNull().default(0),
    parameters: jsonb().notNull().$type<Record<string, Json>>(),
    result: heardJson().$type<PredictResponse>(),
    error: heardJson().$type<StoredFailure>(),
    logs: heardText().notNull().default(''),
    /** The call of an instance that carries it out, written before that call; null before, and after its end. */
    call: jsonb().$type<StoredCall>(),
    /** Files that its algorithm returned and that could not be kept, with the reasons. */
    unkeptFiles: heardJson()
      .notNull()
      .default(sql`'[]'::jsonb`)
      .$type<UnkeptFile[]>(),
    /** Stays however old it is: a comparison shows it. */
    pinned: boolean().notNull().default(false),
    createdById: uuid().notNull(),
    createdBy: text().notNull(),
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
  ],
)

/**
 * A file that an algorithm returned in a run, under the name that its instance gave it. Its bytes are in the object store by their hash, which
 * runs share. The row of a run that was deleted stays until the bytes are gone, too.
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
