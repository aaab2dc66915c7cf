import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gte,
  inArray,
  isNotNull,
  isNull,
  like,
  lte,
  sql,
  type SQL,
} from 'drizzle-orm'
import type { callerKinds, ProcessState } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { apiKeys } from '../api-keys/api-keys.tables.ts'
import { serviceEvents } from '../services/services.tables.ts'
import { shares } from '../shares/shares.tables.ts'
import { users } from '../users/users.tables.ts'
import type { CallSum } from './call-sums.ts'
import { algorithmCalls, algorithmCallSums } from './calls.tables.ts'
import type { BrokenCall, FoundEnd } from './process-ends.ts'

const { bodies, ...listed } = getTableColumns(algorithmCalls)
/** What a list needs of a call: the bodies stay in the database. */
const columns = { ...listed, hasBodies: sql<boolean>`${bodies} is not null` }

/** A stored call. */
export type StoredCall = Omit<typeof algorithmCalls.$inferSelect, 'bodies'> & { hasBodies: boolean }

/** The kind of a caller. */
export type CallerKind = (typeof callerKinds)[number]

/** A filter for calls. */
export type CallFilter = {
  serviceId?: string | undefined
  /** Only calls of these services. Null for all services. */
  serviceIds: readonly string[] | null
  caller?: string | undefined
  callerKind?: CallerKind | undefined
  /** Only calls that took at least this long, in milliseconds. */
  minMs?: number | undefined
  /** First digit of the status: 5 for 500 to 599. */
  statusClass?: 2 | 3 | 4 | 5 | undefined
  requestId?: string | undefined
  from?: Date | undefined
  to?: Date | undefined
}

/**
 * The statuses of a class, as literals, because PostgreSQL uses the partial index of failed calls only for
 * literals.
 */
const hasClass = (first: number): SQL =>
  sql`${algorithmCalls.status} >= ${sql.raw(String(first * 100))} and ${algorithmCalls.status} < ${sql.raw(String(first * 100 + 100))}`

const isOfKind = (kind: CallerKind): SQL =>
  kind === 'anonymous' ? isNull(algorithmCalls.caller) : like(algorithmCalls.caller, `${kind}:%`)

function conditionOf(filter: CallFilter): SQL | undefined {
  const { serviceId, serviceIds, caller, callerKind, minMs, statusClass, requestId, from, to } = filter
  return and(
    serviceId === undefined ? undefined : eq(algorithmCalls.serviceId, serviceId),
    serviceIds === null ? undefined : inArray(algorithmCalls.serviceId, [...serviceIds]),
    caller === undefined ? undefined : eq(algorithmCalls.caller, caller),
    callerKind === undefined ? undefined : isOfKind(callerKind),
    minMs === undefined ? undefined : gte(algorithmCalls.latencyMs, minMs),
    statusClass === undefined ? undefined : hasClass(statusClass),
    requestId === undefined ? undefined : eq(algorithmCalls.requestId, requestId),
    from === undefined ? undefined : gte(algorithmCalls.time, from),
    to === undefined ? undefined : lte(algorithmCalls.time, to),
  )
}

const errorCount = sql`(count(*) filter (where status >= 500))::int`
const newest = (filter: CallFilter, most: number): SQL => sql`
  select caller, status, latency_ms from ${algorithmCalls}
  where ${conditionOf(filter) ?? sql`true`}
  order by ${algorithmCalls.time} desc limit ${most}`

type Sums = { calls: number; errors: number }
/** The durations of calls, by range. `place` counts from the range before the first one that has a beginning. */
export type LatencySums = Sums & {
  p50: number | null
  p95: number | null
  ranges: (Sums & { place: number })[]
}
/** What the calls of one caller have taken. */
export type CallerSums = Sums & { caller: string | null; p50: number; p95: number }

/** Ids of callers, by kind. */
export type CallerIds = { users: readonly string[]; keys: readonly string[]; shares: readonly string[] }

/** How an instance is recorded whose process has ended or is being ended. */
const ended: readonly ProcessState[] = ['BACKOFF', 'EXITED', 'FATAL', 'STOPPING', 'STOPPED']

/**
 * For how long after the end of a call a process may be reported as ended. A connection breaks some moments before anybody
 * sees the exit; the rest is for a machine with much to do.
 */
const reportedWithin = sql`interval '15 seconds'`

/**
 * Finds for each call the end of its instance's process. The nearest one to the end of the call counts: an instance may have been
 * asked to stop long before its last request broke off, and the next process may end soon after.
 */
const endsOfProcesses = (broken: readonly BrokenCall[]): SQL => sql`
  select broken.id, found.reason
  from json_to_recordset(${JSON.stringify(broken)}::json)
    as broken (id uuid, service text, instance text, "from" timestamptz, "to" timestamptz)
  cross join lateral (
    select event.reason from ${serviceEvents} as event
    where event.service_id = broken.service and event.instance_id = broken.instance
      and event.at between broken."from" and broken."to" + ${reportedWithin}
      and event.status in ${ended}
    order by abs(extract(epoch from event.at - broken."to")), event.id limit 1
  ) as found`

/** Reads calls and their sums. */
export type CallsRepository = ReturnType<typeof createCallsRepository>

export function createCallsRepository({ db }: { db: Database }) {
  const namesOf = async (
    table: typeof users | typeof apiKeys | typeof shares,
    name: SQL,
    ids: readonly string[],
  ): Promise<{ id: string; name: string }[]> =>
    ids.length === 0
      ? []
      : db
          .select({ id: table.id, name: sql<string>`${name}` })
          .from(table)
          .where(inArray(table.id, [...ids]))

  return {
    /** Calls, newest first. */
    list: (filter: CallFilter, page: { limit: number; offset: number }): Promise<StoredCall[]> =>
      db
        .select(columns)
        .from(algorithmCalls)
        .where(conditionOf(filter))
        .orderBy(desc(algorithmCalls.time), desc(algorithmCalls.id))
        .limit(page.limit)
        .offset(page.offset),

    /** Counts calls, up to `most`. A page of fifty need not count a million. */
    async count(filter: CallFilter, most: number): Promise<number> {
      const found = db
        .select({ one: sql`1` })
        .from(algorithmCalls)
        .where(conditionOf(filter))
        .limit(most)
        .as('found')
      const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(found)
      return row?.count ?? 0
    },

    /** The service and the time of a call, and what was sent and answered in it. Null if that was not kept, or the call is gone. */
    async bodies(id: string): Promise<{ serviceId: string; time: Date; bodies: unknown } | null> {
      const [row] = await db
        .select({ serviceId: algorithmCalls.serviceId, time: algorithmCalls.time, bodies })
        .from(algorithmCalls)
        .where(and(eq(algorithmCalls.id, id), isNotNull(bodies)))
      return row ?? null
    },

    /** How the processes ended that broke off these calls, as the histories of their services have it. One query. */
    async processEnds(broken: readonly BrokenCall[]): Promise<FoundEnd[]> {
      if (broken.length === 0) return []
      return (await db.execute<FoundEnd>(endsOfProcesses(broken))).rows
    },

    /** The calls that come after one in the list, newest first. Null begins with the newest. */
    listAfter: (
      filter: CallFilter,
      last: Pick<StoredCall, 'time' | 'id'> | null,
      limit: number,
    ): Promise<StoredCall[]> =>
      db
        .select(columns)
        .from(algorithmCalls)
        .where(
          and(
            conditionOf(filter),
            last === null
              ? undefined
              : sql`(${algorithmCalls.time}, ${algorithmCalls.id}) < (${last.time.toISOString()}::timestamptz, ${last.id}::uuid)`,
          ),
        )
        .orderBy(desc(algorithmCalls.time), desc(algorithmCalls.id))
        .limit(limit),

    /** Latencies and errors of the newest `most` calls, and how many are in each of the ranges that begin at `beginsMs`. */
    async latencies(filter: CallFilter, beginsMs: readonly number[], most: number): Promise<LatencySums> {
      const bounds = sql.raw(`array[${beginsMs.map(Number).join()}]::float8[]`)
      const { rows } = await db.execute<LatencySums>(sql`
        with found as (${newest(filter, most)}),
        ranges as (
          select width_bucket(latency_ms::float8, ${bounds}) as place, count(*)::int as calls, ${errorCount} as errors
          from found group by place
        )
        select count(*)::int as calls, ${errorCount} as errors,
          percentile_cont(0.5) within group (order by latency_ms) as p50,
          percentile_cont(0.95) within group (order by latency_ms) as p95,
          (select coalesce(json_agg(ranges), '[]'::json) from ranges) as ranges
        from found`)
      return rows[0] ?? { calls: 0, errors: 0, p50: null, p95: null, ranges: [] }
    },

    /** The callers of the newest `most` calls, those that took the most time first. */
    async callers(filter: CallFilter, most: number, limit: number): Promise<CallerSums[]> {
      const { rows } = await db.execute<CallerSums>(sql`
        with found as (${newest(filter, most)})
        select caller, count(*)::int as calls, ${errorCount} as errors,
          percentile_cont(0.5) within group (order by latency_ms) as p50,
          percentile_cont(0.95) within group (order by latency_ms) as p95
        from found group by caller order by sum(latency_ms) desc, caller limit ${limit}`)
      return rows
    },

    /** The names of callers: users and keys by name, links by title. At most one query for each kind. */
    async callerNames(
      ids: CallerIds,
    ): Promise<{ kind: 'user' | 'key' | 'share'; id: string; name: string }[]> {
      const [people, keys, links] = await Promise.all([
        namesOf(users, sql`${users.username}`, ids.users),
        namesOf(apiKeys, sql`${apiKeys.name}`, ids.keys),
        namesOf(shares, sql`${shares.title}`, ids.shares),
      ])
      return [
        ...people.map((row) => ({ kind: 'user' as const, ...row })),
        ...keys.map((row) => ({ kind: 'key' as const, ...row })),
        ...links.map((row) => ({ kind: 'share' as const, ...row })),
      ]
    },

    /**
     * The sums of one service's calls over steps of this length, with the oldest first. Optionally of one
     * replica only.
     */
    sumsOf: (input: {
      serviceId: string
      stepS: number
      since: Date
      replica: number | null
    }): Promise<CallSum[]> =>
      db
        .select()
        .from(algorithmCallSums)
        .where(
          and(
            eq(algorithmCallSums.stepS, input.stepS),
            eq(algorithmCallSums.serviceId, input.serviceId),
            gte(algorithmCallSums.at, input.since),
            input.replica === null ? undefined : eq(algorithmCallSums.replica, input.replica),
          ),
        )
        .orderBy(asc(algorithmCallSums.at)),

    /**
     * Calls and errors of all services since a time, in groups of `groupS` seconds from that time: the number
     * of the group, calls and errors. Groups without calls are left out.
     */
    async sumsOfAll(input: {
      stepS: number
      groupS: number
      since: Date
    }): Promise<{ serviceId: string; groups: [number, number, number][] }[]> {
      const since = sql`${input.since.toISOString()}::timestamptz`
      const length = sql`make_interval(secs => ${input.groupS})`
      const { rows } = await db.execute<{ service_id: string; groups: [number, number, number][] }>(sql`
        select service_id, json_agg(json_build_array(
          (extract(epoch from begins - ${since}) / ${input.groupS}::integer)::integer, calls, errors)) as groups
        from (
          select service_id, date_bin(${length}, at, ${since}) as begins, sum(calls) as calls, sum(errors) as errors
          from ${algorithmCallSums} where step_s = ${input.stepS} and at >= ${since}
          group by service_id, begins
        ) as sums
        group by service_id`)
      return rows.map(({ service_id: serviceId, groups }) => ({ serviceId, groups }))
    },
  }
}
