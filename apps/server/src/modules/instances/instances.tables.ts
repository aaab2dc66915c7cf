import { and, eq } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import type { ResourceLimits, ServiceMode } from '@vitrine/contract'
import { algorithmServices } from '../services/services.tables.ts'

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

/** That a row of `instances` is of this release. */
export const isInstanceOf = (serviceId: string, release: number) =>
  and(eq(instances.serviceId, serviceId), eq(instances.release, release))
