import { boolean, index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/** The ledger: a port is in it at most once. A `foreign` one was found held by a stranger. */
export const ports = pgTable(
  'ports',
  {
    port: integer().primaryKey(),
    kind: text().notNull().$type<'front' | 'instance'>(),
    state: text().notNull().$type<'reserved' | 'foreign'>(),
    serviceId: text(),
    release: integer(),
    /** Of an instance that runs beside the serving ones for a while, so that a release can have both. */
    temporary: boolean().notNull().default(false),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('ports_service_idx').on(table.serviceId)],
)
