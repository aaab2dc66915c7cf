import { index, integer, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'

/** The ledger of ports. A port is in it at most once. A `foreign` port is held by another program. */
export const ports = pgTable(
  'ports',
  {
    port: integer().primaryKey(),
    kind: text().notNull().$type<'front' | 'instance'>(),
    state: text().notNull().$type<'reserved' | 'foreign'>(),
    serviceId: text(),
    release: integer(),
    /** For an instance port: the instance that has it. */
    instanceId: text(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    index('ports_service_idx').on(table.serviceId),
    uniqueIndex('ports_instance_key').on(table.instanceId),
  ],
)
