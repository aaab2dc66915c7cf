import { bigint, index, integer, pgTable, real, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Requests that passed the gateway, read from its access log. */
export const algorithmCalls = pgTable(
  'algorithm_calls',
  {
    id: uuid().primaryKey().defaultRandom(),
    serviceId: text().notNull(),
    release: integer(),
    caller: text(),
    route: text().notNull(),
    status: integer().notNull(),
    latencyMs: real().notNull(),
    bytesIn: bigint({ mode: 'number' }).notNull(),
    bytesOut: bigint({ mode: 'number' }).notNull(),
    requestId: text().notNull(),
    time: timestamp({ withTimezone: true }).notNull(),
  },
  (table) => [
    index('algorithm_calls_service_idx').on(table.serviceId, table.time),
    index('algorithm_calls_time_idx').on(table.time),
  ],
)
