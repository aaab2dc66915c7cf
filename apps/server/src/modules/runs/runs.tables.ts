import { index, integer, jsonb, pgTable, real, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { Json, PredictResponse, Run } from '@vitrine/contract'
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
    progressMessage: text(),
    inputData: jsonb().notNull().$type<Json[]>(),
    parameters: jsonb().notNull().$type<Record<string, Json>>(),
    result: jsonb().$type<PredictResponse>(),
    error: jsonb().$type<Run['error']>(),
    logs: text().notNull().default(''),
    createdById: uuid().notNull(),
    createdBy: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    startedAt: timestamp({ withTimezone: true }),
    finishedAt: timestamp({ withTimezone: true }),
  },
  (table) => [
    index('runs_created_idx').on(table.createdAt),
    index('runs_service_idx').on(table.serviceId, table.createdAt),
    index('runs_creator_idx').on(table.createdById, table.createdAt),
  ],
)
