import type { Call } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { visibleRows } from '../../lib/policy.ts'
import type { RecordedCall } from './call-line.ts'
import type { CallFilter, CallsRepository, StoredCall } from './calls.repository.ts'
import type { RecordingsRepository } from './recordings.repository.ts'

/** Matches are counted, and pages go, up to this number. Older calls can be found with `to`. */
const mostCounted = 10_000

type Caller = NonNullable<Call['caller']>

const callerForm = /^(user|key|share):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** The kind and id of a caller as the gateway writes it. Null for anything else. */
function readCaller(caller: string | null): Pick<Caller, 'kind' | 'id'> | null {
  const [, kind, id] = callerForm.exec(caller ?? '') ?? []
  if (id === undefined) return null
  return { kind: kind === 'user' || kind === 'key' ? kind : 'share', id }
}

const toCall = (row: StoredCall, names: ReadonlyMap<string, string>): Call => {
  const caller = readCaller(row.caller)
  return {
    id: row.id,
    time: row.time.toISOString(),
    service_id: row.serviceId,
    release: row.release,
    instance_id: row.instanceId,
    caller: caller && { ...caller, name: names.get(`${caller.kind}:${caller.id}`) ?? null },
    method: row.method,
    route: row.route,
    status: row.status,
    latency_ms: row.latencyMs,
    bytes_in: row.bytesIn,
    bytes_out: row.bytesOut,
    request_id: row.requestId,
    error: row.error,
  }
}

async function namesOf(
  deps: { calls: CallsRepository },
  rows: readonly StoredCall[],
): Promise<Map<string, string>> {
  const callers = [...new Set(rows.map(({ caller }) => caller))].flatMap((each) => readCaller(each) ?? [])
  const idsOf = (wanted: Caller['kind']) => callers.flatMap(({ kind, id }) => (kind === wanted ? [id] : []))
  const named = await deps.calls.callerNames({
    users: idsOf('user'),
    keys: idsOf('key'),
    shares: idsOf('share'),
  })
  return new Map(named.map(({ kind, id, name }) => [`${kind}:${id}`, name]))
}

/**
 * A page of calls with the names of their callers, newest first. A key that is limited to services sees only
 * their calls.
 */
export async function listCalls(
  deps: { calls: CallsRepository },
  input: {
    actor: Actor
    filter: Omit<CallFilter, 'serviceIds'>
    page: number
    pageSize: number
  },
): Promise<{ items: Call[]; total: number; more: boolean }> {
  const filter = { ...input.filter, serviceIds: visibleRows(input.actor).services }
  const offset = (input.page - 1) * input.pageSize
  const limit = Math.max(0, Math.min(input.pageSize, mostCounted - offset))
  const [rows, counted] = await Promise.all([
    limit === 0 ? [] : deps.calls.list(filter, { limit, offset }),
    deps.calls.count(filter, mostCounted + 1),
  ])
  const names = await namesOf(deps, rows)
  return {
    items: rows.map((row) => toCall(row, names)),
    total: Math.min(mostCounted, counted),
    more: counted > mostCounted,
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
 * Deletes the calls of a deleted service and their sums, so that the next service with its ID begins at zero. In
 * small portions, so that other queries do not wait.
 */
export async function forgetCallsOf(
  deps: { recordings: Pick<RecordingsRepository, 'deleteCallsOf' | 'deleteSumsOf'> },
  serviceId: string,
): Promise<void> {
  await deps.recordings.deleteSumsOf(serviceId)
  while ((await deps.recordings.deleteCallsOf(serviceId, deletedAtOnce)) === deletedAtOnce);
}

/**
 * Deletes calls that are older than the given number of days, and sums that no chart shows any more. Deletes
 * in small portions, so that other queries do not wait.
 */
export async function forgetOldCalls(
  deps: { recordings: Pick<RecordingsRepository, 'deleteCalls' | 'deleteOldSums'> },
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
  return total
}
