import { and, eq } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import type { NetworkPolicy, ResourceLimits, ServiceMode } from '@vitrine/contract'
import { algorithmServices } from '../services/services.tables.ts'

/** An instance that should exist. The runner knows it by its id. */
export const instances = pgTable(
  'instances',
  {
    id: text().primaryKey(),
    serviceId: text()
      .notNull()
      .references(() => algorithmServices.id, { onDelete: 'cascade' }),
    release: integer().notNull(),
    replica: integer().notNull(),
    /** Its runner. While a service changes its mode, it has instances of both modes. */
    mode: text().notNull().default('supervisor').$type<ServiceMode>(),
    /** How often it was restarted because of its health although its process was running. */
    healthRestarts: integer().notNull().default(0),
    /** The limits with which it was created. */
    limits: jsonb().notNull().default({}).$type<ResourceLimits>(),
    /** What it reaches of the network, as was stated when it was created. */
    network: text().notNull().default('all').$type<NetworkPolicy>(),
    /** The revision of the configuration whose variables it has. */
    configRevision: integer().notNull().default(0),
    /** Created by a task that has not finished. It is removed if the task fails or starts again. */
    onTrial: boolean().notNull().default(false),
    /** Distinguishes its log files from those of other instances of the same replica. */
    logPart: text().notNull().default(''),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('instances_service_idx').on(table.serviceId, table.release)],
)

/** A condition: the row of `instances` belongs to this release. */
export const isInstanceOf = (serviceId: string, release: number) =>
  and(eq(instances.serviceId, serviceId), eq(instances.release, release))
