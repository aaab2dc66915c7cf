import type { KeptBodies } from '@vitrine/contract'
import { and, desc, eq, inArray, lt, notInArray, sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { storableJsonText } from '../../lib/storable-text.ts'
import { algorithmServices } from '../services/services.tables.ts'
import type { RecordedCall } from './call-line.ts'
import { sumCalls, sumSteps, type CallSum, type ReplicaOf } from './call-sums.ts'
import { accessLogPositions, algorithmCalls, algorithmCallSums } from './calls.tables.ts'

/** More than a usual batch has, so that it is one statement; with bodies, a batch may be tens of megabytes. */
const insertedAtOnce = 500
/** About a hundred times the number of log files that exist at one time. */
const positionsKept = 2_000

const callRow = (call: RecordedCall, bodies: ReadonlyMap<string, KeptBodies>) => ({
  service_id: call.serviceId,
  release: call.release,
  instance_id: call.instanceId,
  caller: call.caller,
  method: call.method,
  route: call.route,
  status: call.status,
  latency_ms: call.latencyMs,
  bytes_in: call.bytesIn,
  bytes_out: call.bytesOut,
  request_id: call.requestId,
  error: call.error,
  time: call.time,
  bodies: call.kept === null ? null : (bodies.get(call.kept) ?? null),
})

const sumRow = (sum: CallSum) => ({
  step_s: sum.stepS,
  at: sum.at,
  service_id: sum.serviceId,
  replica: sum.replica,
  calls: sum.calls,
  errors: sum.errors,
  bytes_in: sum.bytesIn,
  bytes_out: sum.bytesOut,
  latency: sum.latency,
})

/** One parameter for all rows, because binding thousands of parameters takes longer than the insert. */
const insertCalls = (calls: readonly RecordedCall[], bodies: ReadonlyMap<string, KeptBodies>) => sql`
  insert into ${algorithmCalls}
    (service_id, release, instance_id, caller, method, route, status, latency_ms, bytes_in, bytes_out, request_id, error, "time", bodies)
  select * from json_to_recordset(${storableJsonText(JSON.stringify(calls.map((call) => callRow(call, bodies))))}::json) as call
    (service_id text, release integer, instance_id text, caller text, method text, route text, status integer, latency_ms real,
     bytes_in bigint, bytes_out bigint, request_id text, error text, "time" timestamptz, bodies jsonb)`

const addToSums = (sums: readonly CallSum[]) => sql`
  insert into ${algorithmCallSums} as sums
    (step_s, at, service_id, replica, calls, errors, bytes_in, bytes_out, latency)
  select * from json_to_recordset(${JSON.stringify(sums.map(sumRow))}::json) as added
    (step_s integer, at timestamptz, service_id text, replica integer, calls integer, errors integer,
     bytes_in bigint, bytes_out bigint, latency integer[])
  on conflict (step_s, service_id, at, replica) do update set
    calls = sums.calls + excluded.calls,
    errors = sums.errors + excluded.errors,
    bytes_in = sums.bytes_in + excluded.bytes_in,
    bytes_out = sums.bytes_out + excluded.bytes_out,
    latency = (
      select array_agg(before + added order by place)
      from unnest(sums.latency, excluded.latency) with ordinality as both_of (before, added, place)
    )`

/**
 * The calls of services that exist, made since the service was created. The last lines of a deleted service are
 * read after it is gone, and its ID may be another service's by then. Locks the rows of the services until the
 * end of the transaction, so that a service is deleted before this or after its calls are stored.
 */
async function ofPresentServices(
  tx: Pick<Database, 'select'>,
  calls: readonly RecordedCall[],
): Promise<RecordedCall[]> {
  const { id, createdAt } = algorithmServices
  const named = [...new Set(calls.map(({ serviceId }) => serviceId))]
  const rows = await tx
    .select({ id, createdAt })
    .from(algorithmServices)
    .where(inArray(id, named))
    .orderBy(id)
    .for('key share')
  const since = new Map(rows.map((row) => [row.id, row.createdAt]))
  return calls.filter(({ serviceId, time }) => {
    const created = since.get(serviceId)
    return created !== undefined && time >= created
  })
}

/** Writes what the recorder found, and deletes it when it is too old or its service is gone. */
export type RecordingsRepository = ReturnType<typeof createRecordingsRepository>

export function createRecordingsRepository({ db }: { db: Database }) {
  return {
    /** How far each file of the access log has been read. */
    async positions(): Promise<Map<string, number>> {
      const rows = await db.select().from(accessLogPositions)
      return new Map(rows.map(({ file, offset }) => [file, offset]))
    },

    /**
     * Stores calls, their sums and the new position in the file, in one transaction. Leaves out calls of services
     * that are gone. Resolves with the stored calls, or stores nothing and resolves with null if the stored
     * position is no longer `from`.
     */
    async record(input: {
      file: string
      from: number
      to: number
      calls: readonly RecordedCall[]
      /** What was sent and answered, by the name that a call has for it. */
      bodies?: ReadonlyMap<string, KeptBodies>
      replicaOf: ReplicaOf
    }): Promise<RecordedCall[] | null> {
      const { file, from, to, replicaOf, bodies = new Map() } = input
      return db.transaction(async (tx) => {
        const moved = await tx
          .insert(accessLogPositions)
          .values({ file, offset: to })
          .onConflictDoUpdate({
            target: accessLogPositions.file,
            set: { offset: to, updatedAt: sql`now()` },
            setWhere: eq(accessLogPositions.offset, from),
          })
          .returning({ file: accessLogPositions.file })
        if (moved.length === 0) return null
        const calls = input.calls.length === 0 ? [] : await ofPresentServices(tx, input.calls)
        if (calls.length === 0) return []
        for (let at = 0; at < calls.length; at += insertedAtOnce)
          await tx.execute(insertCalls(calls.slice(at, at + insertedAtOnce), bodies))
        await tx.execute(addToSums(sumCalls(calls, replicaOf)))
        return calls
      })
    },

    /**
     * When each existing service got its last request, without requests from refused callers. One index
     * look-up for each service.
     */
    async lastRequests(): Promise<{ serviceId: string; at: Date }[]> {
      const { rows } = await db.execute<{ id: string; at: string }>(sql`
        select service.id, last."time" as at
        from ${algorithmServices} as service
        cross join lateral (
          select call."time" from ${algorithmCalls} as call
          where call.service_id = service.id and (call.error is null or call.error not like 'auth.%')
          order by call."time" desc limit 1
        ) as last`)
      return rows.map(({ id, at }) => ({ serviceId: id, at: new Date(at) }))
    },

    /** Deletes at most `limit` calls from before a time. Resolves with how many were deleted. */
    async deleteCalls(before: Date, limit: number): Promise<number> {
      const deleted = await db.execute(sql`
        delete from ${algorithmCalls} where ctid = any (array(
          select ctid from ${algorithmCalls} where ${algorithmCalls.time} < ${before.toISOString()}::timestamptz
          order by ${algorithmCalls.time} limit ${limit}))`)
      return deleted.rowCount ?? 0
    },

    /** Deletes at most `limit` calls of a service. Resolves with how many were deleted. */
    async deleteCallsOf(serviceId: string, before: Date | null, limit: number): Promise<number> {
      const isEarlier = before === null ? sql`true` : lt(algorithmCalls.time, before)
      const deleted = await db.execute(sql`
        delete from ${algorithmCalls} where ctid = any (array(
          select ctid from ${algorithmCalls}
          where ${algorithmCalls.serviceId} = ${serviceId} and ${isEarlier} limit ${limit}))`)
      return deleted.rowCount ?? 0
    },

    /** Deletes the sums of a service: all, or those whose step had ended before a time. */
    async deleteSumsOf(serviceId: string, before: Date | null): Promise<void> {
      const { at, stepS } = algorithmCallSums
      const isEarlier =
        before === null
          ? undefined
          : sql`${at} + make_interval(secs => ${stepS}) <= ${before.toISOString()}::timestamptz`
      await db.delete(algorithmCallSums).where(and(eq(algorithmCallSums.serviceId, serviceId), isEarlier))
    },

    /**
     * Deletes sums that are older than the retention of their step, and positions of files that were deleted
     * long ago.
     */
    async deleteOldSums(now: Date): Promise<void> {
      for (const { stepS, keptHours } of sumSteps) {
        const before = new Date(now.getTime() - keptHours * 3_600_000)
        await db.execute(sql`
          delete from ${algorithmCallSums}
          where ${algorithmCallSums.stepS} = ${stepS} and ${algorithmCallSums.at} < ${before.toISOString()}::timestamptz`)
      }
      const kept = db
        .select({ file: accessLogPositions.file })
        .from(accessLogPositions)
        .orderBy(desc(accessLogPositions.updatedAt))
        .limit(positionsKept)
      await db.delete(accessLogPositions).where(notInArray(accessLogPositions.file, kept))
    },
  }
}
