import type { Call } from '@vitrine/contract'
import type { CallsRepository } from './calls.repository.ts'

type Caller = NonNullable<Call['caller']>

const callerForm = /^(user|key|share):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** The kind and id of a caller as the gateway writes it. Null for anything else. */
export function readCaller(caller: string | null): Pick<Caller, 'kind' | 'id'> | null {
  const [, kind, id] = callerForm.exec(caller ?? '') ?? []
  if (id === undefined) return null
  return { kind: kind === 'user' || kind === 'key' ? kind : 'share', id }
}

/** Names of callers, by `<kind>:<id>`. */
export type CallerNames = ReadonlyMap<string, string>

/** The names of the callers in these rows. At most one query for each kind. */
export async function callerNames(
  deps: { calls: Pick<CallsRepository, 'callerNames'> },
  rows: readonly { caller: string | null }[],
): Promise<CallerNames> {
  const callers = [...new Set(rows.map(({ caller }) => caller))].flatMap((each) => readCaller(each) ?? [])
  const idsOf = (wanted: Caller['kind']) => callers.flatMap(({ kind, id }) => (kind === wanted ? [id] : []))
  const named = await deps.calls.callerNames({
    users: idsOf('user'),
    keys: idsOf('key'),
    shares: idsOf('share'),
  })
  return new Map(named.map(({ kind, id, name }) => [`${kind}:${id}`, name]))
}

/** A caller as the gateway writes it, with its name. Null where nobody had to say. */
export function namedCaller(text: string | null, names: CallerNames): Caller | null {
  const caller = readCaller(text)
  return caller && { ...caller, name: names.get(`${caller.kind}:${caller.id}`) ?? null }
}
