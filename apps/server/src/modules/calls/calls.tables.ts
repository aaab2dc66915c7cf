import { sql } from 'drizzle-orm'
import { bigint, index, integer, pgTable, primaryKey, real, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Requests that passed the gateway, read from its access log. */
export const algorithmCalls = pgTable(
  'algorithm_calls',
  {
    id: uuid().primaryKey().defaultRandom(),
    serviceId: text().notNull(),
    release: integer(),
    instanceId: text(),
    caller: text(),
    method: text().notNull().default('POST'),
    route: text().notNull(),
    status: integer().notNull(),
    latencyMs: real().notNull(),
    bytesIn: bigint({ mode: 'number' }).notNull(),
    bytesOut: bigint({ mode: 'number' }).notNull(),
    requestId: text().notNull(),
    /** The gateway's own error code, if it answered itself. */
    error: text(),
    time: timestamp({ withTimezone: true }).notNull(),
  },
  (table) => [
    index('algorithm_calls_service_idx').on(table.serviceId, table.time),
    index('algorithm_calls_time_idx').on(table.time),
    index('algorithm_calls_caller_idx').on(table.caller, table.time),
    index('algorithm_calls_request_idx').on(table.requestId),
    // Few calls fail: who looks for those must not read all the others.
    index('algorithm_calls_unusual_idx')
      .on(table.time, table.status)
      .where(sql`${table.status} >= 300`),
    index('algorithm_calls_service_unusual_idx')
      .on(table.serviceId, table.time, table.status)
      .where(sql`${table.status} >= 300`),
  ],
)

/**
 * Sums of the calls over steps of 1 minute, 10 minutes, 1 hour and 6 hours, for charts: those never read the calls themselves. Written with
 * the calls in one transaction.
 */
export const algorithmCallSums = pgTable(
  'algorithm_call_sums',
  {
    stepS: integer().notNull(),
    /** When the step begins: a multiple of its length. */
    at: timestamp({ withTimezone: true }).notNull(),
    serviceId: text().notNull(),
    /** 0 for requests that reached none. */
    replica: integer().notNull(),
    calls: integer().notNull(),
    /** Answered 5xx. */
    errors: integer().notNull(),
    bytesIn: bigint({ mode: 'number' }).notNull(),
    bytesOut: bigint({ mode: 'number' }).notNull(),
    /** How many took up to each of `latencyBoundsMs`, and at last those that took longer. */
    latency: integer().array().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.stepS, table.serviceId, table.at, table.replica] }),
    index('algorithm_call_sums_at_idx').on(table.stepS, table.at),
  ],
)

/** How far each access log was read: written with the rows that it gave, so that no line counts twice or never. */
export const accessLogPositions = pgTable('access_log_positions', {
  /** SHA-256 of how the file begins: a rotated, copied or restored file keeps it, a new one under the same name does not. */
  file: text().primaryKey(),
  offset: bigint({ mode: 'number' }).notNull(),
  updatedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
})
