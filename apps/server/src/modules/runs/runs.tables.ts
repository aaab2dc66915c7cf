import { index, integer, jsonb, pgTable, real, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { heardJson, heardText } from '../../adapters/database/storable-columns.ts'
import type { Json, PredictResponse, Run } from '@vitrine/contract'
import { comparisons } from '../comparisons/comparisons.tables.ts'
import type { StoredFailure } from './run-record.ts'
import { algorithmServices } from '../services/services.tables.ts'

export const runs = pgTable(
  'runs',
  {
    id: uuid().primaryKey().defaultRandom(),
    serviceId: text()
      .notNull()
      .references(() => algorithmServices.id, { onDelete: 'cascade' }),
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
    /** The comparison that it was made for; such runs are kept as long as it is. */
    comparisonId: uuid().references(() => comparisons.id, { onDelete: 'set null' }),
    createdById: uuid().notNull(),
    createdBy: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    startedAt: timestamp({ withTimezone: true }),
    finishedAt: timestamp({ withTimezone: true }),
  },
  (table) => [
    index('runs_created_idx').on(table.createdAt),
    index('runs_service_idx').on(table.serviceId, table.createdAt),
    index('runs_comparison_idx').on(table.comparisonId),
    index('runs_creator_idx').on(table.createdById, table.createdAt),
  ],
)
