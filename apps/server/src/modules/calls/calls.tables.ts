import { sql } from 'drizzle-orm'
import { bigint, index, integer, pgTable, primaryKey, real, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { programJson } from '../../adapters/database/storable-columns.ts'

/** Requests that passed through the gateway, read from its access log. */
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
    /** The gateway's error code, if the gateway answered itself. */
    error: text(),
    /** What was sent and answered, if the service keeps that. It goes with the call. */
    bodies: programJson(),
    time: timestamp({ withTimezone: true }).notNull(),
  },
  (table) => [
    index('algorithm_calls_service_idx').on(table.serviceId, table.time),
    index('algorithm_calls_time_idx').on(table.time),
    index('algorithm_calls_caller_idx').on(table.caller, table.time),
    index('algorithm_calls_request_idx').on(table.requestId),
    // Few calls are slow, so a search for slow ones must not read all the others.
    index('algorithm_calls_latency_idx').on(table.latencyMs),
    // Few calls fail, so a search for failed calls must not read all the others.
    index('algorithm_calls_unusual_idx')
      .on(table.time, table.status)
      .where(sql`${table.status} >= 300`),
    index('algorithm_calls_service_unusual_idx')
      .on(table.serviceId, table.time, table.status)
      .where(sql`${table.status} >= 300`),
  ],
)

/**
 * Sums of the calls over steps of 1 minute, 10 minutes, 1 hour and 6 hours. Charts read only these, never the
 * calls. They are written in the same transaction as the calls.
 */
export const algorithmCallSums = pgTable(
  'algorithm_call_sums',
  {
    stepS: integer().notNull(),
    /** The start of the step, a multiple of its length. */
    at: timestamp({ withTimezone: true }).notNull(),
    serviceId: text().notNull(),
    /** 0 for requests that reached no replica. */
    replica: integer().notNull(),
    calls: integer().notNull(),
    /** Calls that were answered with 5xx. */
    errors: integer().notNull(),
    bytesIn: bigint({ mode: 'number' }).notNull(),
    bytesOut: bigint({ mode: 'number' }).notNull(),
    /** A histogram: how many calls took up to each of `latencyBoundsMs`. The last number counts the longer ones. */
    latency: integer().array().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.stepS, table.serviceId, table.at, table.replica] }),
    index('algorithm_call_sums_at_idx').on(table.stepS, table.at),
  ],
)

/**
 * How far each access log has been read. Written in the same transaction as the rows of those lines, so that
 * every line counts exactly once.
 */
export const accessLogPositions = pgTable('access_log_positions', {
  /**
   * SHA-256 of the beginning of the file. A rotated, copied or restored file has the same one, and a new file
   * with the same name has another.
   */
  file: text().primaryKey(),
  offset: bigint({ mode: 'number' }).notNull(),
  updatedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
})
