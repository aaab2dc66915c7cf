import { index, integer, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'

/** The ledger: a port is in it at most once. A `foreign` one was found held by a stranger. */
export const ports = pgTable(
  'ports',
  {
    port: integer().primaryKey(),
    kind: text().notNull().$type<'front' | 'instance'>(),
    state: text().notNull().$type<'reserved' | 'foreign'>(),
    serviceId: text(),
    release: integer(),
    /** Of an instance port: whose it is. */
    instanceId: text(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    index('ports_service_idx').on(table.serviceId),
    uniqueIndex('ports_instance_key').on(table.instanceId),
  ],
)
