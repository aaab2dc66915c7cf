import { keptBodies, type Call, type CallSummary, type KeptBodies } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import { reaches, visibleRows } from '../../lib/policy.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { loadOwned } from '../services/services.usecases.ts'
import type { RecordedCall } from './call-line.ts'
import { callBodiesNotKept } from './calls.errors.ts'
import { callFileLines, callFileStart } from './call-file.ts'
import { callerNames, namedCaller, readCaller } from './callers.ts'
import type { CallFilter, CallsRepository, StoredCall } from './calls.repository.ts'
import type { KeptFolder } from './kept-bodies.ts'
import { latencyBoundsMs } from './latency-histogram.ts'
import { processEndsOf } from './process-ends.ts'
import type { RecordingsRepository } from './recordings.repository.ts'

/** Matches are counted and summed up, and pages go, up to this number. Older calls can be found with `to`. */
const mostCounted = 10_000

/** Stored calls with the names of their callers, and how their processes ended. A few queries for all of them. */
async function toCalls(
  deps: { calls: CallsRepository },
  rows: readonly StoredCall[],
  language: Language,
): Promise<Call[]> {
  const [names, ends] = await Promise.all([callerNames(deps, rows), processEndsOf(deps, rows)])
  return rows.map((row) => ({
    id: row.id,
    time: row.time.toISOString(),
    service_id: row.serviceId,
    release: row.release,
    instance_id: row.instanceId,
    caller: namedCaller(row.caller, names),
    method: row.method,
    route: row.route,
    status: row.status,
    latency_ms: row.latencyMs,
    bytes_in: row.bytesIn,
    bytes_out: row.bytesOut,
    request_id: row.requestId,
    error: row.error,
    process_end: ends.get(row.id)?.[language] ?? null,
    has_bodies: row.hasBodies,
  }))
}

/** Who asks for which calls. */
type Asked = { actor: Actor; filter: Omit<CallFilter, 'serviceIds'> }
const visibleTo = ({ actor, filter }: Asked): CallFilter => ({
  ...filter,
  serviceIds: visibleRows(actor).services,
})

/**
 * A page of calls with the names of their callers, newest first. A key that is limited to services sees only
 * their calls.
 */
export async function listCalls(
  deps: { calls: CallsRepository },
  input: Asked & { language: Language; page: number; pageSize: number },
): Promise<{ items: Call[]; total: number; more: boolean }> {
  const filter = visibleTo(input)
  const offset = (input.page - 1) * input.pageSize
  const limit = Math.max(0, Math.min(input.pageSize, mostCounted - offset))
  const [rows, counted] = await Promise.all([
    limit === 0 ? [] : deps.calls.list(filter, { limit, offset }),
    deps.calls.count(filter, mostCounted + 1),
  ])
  return {
    items: await toCalls(deps, rows, input.language),
    total: Math.min(mostCounted, counted),
    more: counted > mostCounted,
  }
}

/**
 * The request and the answer of a call. Only people who may operate the service read them, because they may contain private data of
 * callers. Calls of a deleted service with the same ID are left out, even while they are still being deleted: its owner may have been
 * somebody else.
 */
export async function readCallBodies(
  deps: { calls: CallsRepository; services: Pick<ServicesRepository, 'get'> },
  input: { actor: Actor; id: string },
): Promise<KeptBodies> {
  const found = await deps.calls.bodies(input.id)
  const bodies = keptBodies.safeParse(found?.bodies).data
  if (!found || !bodies || !reaches(input.actor, [found.serviceId]))
    throw callBodiesNotKept({ call_id: input.id })
  const service = await loadOwned(deps, { actor: input.actor, id: found.serviceId })
  if (found.time < service.createdAt) throw callBodiesNotKept({ call_id: input.id })
  return bodies
}

/** The calls of a file, up to this number. */
const mostInFile = 100_000
const readAtOnce = 1_000

/**
 * Matching calls as a CSV file, newest first, piece by piece: each piece is read when the one before has been taken, so
 * no size of file takes more memory.
 */
export async function* callFile(
  deps: { calls: CallsRepository },
  input: Asked & { language: Language },
): AsyncGenerator<string, void, void> {
  const filter = visibleTo(input)
  let last: StoredCall | null = null
  yield callFileStart
  for (let read = 0; read < mostInFile; read += readAtOnce) {
    const rows: StoredCall[] = await deps.calls.listAfter(filter, last, readAtOnce)
    if (rows.length > 0) yield callFileLines(await toCalls(deps, rows, input.language))
    last = rows.at(-1) ?? null
    if (last === null || rows.length < readAtOnce) return
  }
}

const mostCallers = 50

/** A histogram of the latencies of the newest matching calls, and who made them. */
export async function summarizeCalls(deps: { calls: CallsRepository }, input: Asked): Promise<CallSummary> {
  const filter = visibleTo(input)
  // The list of callers ignores the filter by caller, so that another one can be chosen.
  const ofAll = { ...filter, caller: undefined, callerKind: undefined }
  const begins = [0, ...latencyBoundsMs]
  const [sums, callers] = await Promise.all([
    deps.calls.latencies(filter, begins, mostCounted),
    deps.calls.callers(ofAll, mostCounted, mostCallers),
  ])
  const names = await callerNames(deps, callers)
  const inRange = new Map(sums.ranges.map((range) => [range.place, range]))
  return {
    calls: sums.calls,
    errors: sums.errors,
    p50_ms: sums.p50,
    p95_ms: sums.p95,
    latency: begins.map((from, place) => ({
      from_ms: from,
      to_ms: begins[place + 1] ?? null,
      calls: inRange.get(place + 1)?.calls ?? 0,
      errors: inRange.get(place + 1)?.errors ?? 0,
    })),
    callers: callers.map(({ caller, calls, errors, p50, p95 }) => ({
      caller: namedCaller(caller, names),
      calls,
      errors,
      p50_ms: p50,
      p95_ms: p95,
    })),
  }
}

/** The last time that each API key was used in these calls. Pure. */
export function keyUsesOf(calls: readonly Pick<RecordedCall, 'caller' | 'time'>[]): Map<string, Date> {
  const uses = new Map<string, Date>()
  for (const { caller, time } of calls) {
    const found = readCaller(caller)
    if (found?.kind !== 'key') continue
    const before = uses.get(found.id)
    if (!before || before < time) uses.set(found.id, time)
  }
  return uses
}

const deletedAtOnce = 5_000

/**
 * Deletes the calls of a deleted service and their sums, so that the next service with its ID begins at zero. If that one exists already,
 * only what is older than it: `before` is when it was created. In small portions, so that other queries do not wait.
 */
export async function forgetCallsOf(
  deps: { recordings: Pick<RecordingsRepository, 'deleteCallsOf' | 'deleteSumsOf'> },
  serviceId: string,
  before: Date | null,
): Promise<void> {
  await deps.recordings.deleteSumsOf(serviceId, before)
  while ((await deps.recordings.deleteCallsOf(serviceId, before, deletedAtOnce)) === deletedAtOnce);
}

/**
 * Deletes calls that are older than the given number of days, and sums that no chart shows any more. Deletes
 * in small portions, so that other queries do not wait.
 */
export async function forgetOldCalls(
  deps: {
    recordings: Pick<RecordingsRepository, 'deleteCalls' | 'deleteOldSums'>
    kept: Pick<KeptFolder, 'removeOld'>
  },
  input: { days: number; now: Date },
): Promise<number> {
  const before = new Date(input.now.getTime() - input.days * 86_400_000)
  let total = 0
  for (;;) {
    const deleted = await deps.recordings.deleteCalls(before, deletedAtOnce)
    total += deleted
    if (deleted < deletedAtOnce) break
  }
  await deps.recordings.deleteOldSums(input.now)
  await deps.kept.removeOld(input.now)
  return total
}
