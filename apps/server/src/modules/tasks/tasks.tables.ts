import { index, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { programJson } from '../../adapters/database/storable-columns.ts'
import type { Json, Task } from '@vitrine/contract'
import type { TaskRecord } from './task-progress.ts'

/** Long work. `input` has everything that a restarted control plane needs to continue it. */
export const tasks = pgTable(
  'tasks',
  {
    id: uuid().primaryKey().defaultRandom(),
    kind: text().notNull().$type<Task['kind']>(),
    state: text().notNull().$type<Task['state']>(),
    serviceId: text(),
    input: jsonb().notNull().$type<Json>(),
    steps: programJson().notNull().$type<TaskRecord['steps']>(),
    result: programJson().$type<Json>(),
    error: programJson().$type<TaskRecord['error']>(),
    createdById: uuid().notNull(),
    createdBy: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    startedAt: timestamp({ withTimezone: true }),
    finishedAt: timestamp({ withTimezone: true }),
  },
  (table) => [
    index('tasks_created_idx').on(table.createdAt),
    index('tasks_service_idx').on(table.serviceId, table.createdAt),
    index('tasks_state_idx').on(table.state),
  ],
)
