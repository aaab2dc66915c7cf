import {
  brokenRules,
  configKeyFacts,
  isKnownConfigKey,
  isSecretConfigKey,
  needsAdministrator,
  pathBelow,
  type BrokenRule,
  type ConfigType,
  type Language,
  type RequestedChange,
} from '@vitrine/contract'
import { refusalOf } from '../../../lib/invalid-request.errors.ts'
import type { Actor } from '../../../lib/actor.ts'
import { maySetForEverybody } from '../../../lib/policy.ts'
import { nearestKey, storedForm, valueSchemaOf } from '../../config-files/config-value-schema.ts'
import type { ChangeConfigsDeps } from '../configs.deps.ts'
import { configAdministratorsOnly, configKeyUnknown, configNotHere } from '../configs.errors.ts'
import type { NewValue, StoredConfig } from '../configs.repository.ts'
import { findScope, scopeNameOf, type FoundScope } from '../scopes/find-scope.ts'
import { isServiceOptionKey, serviceOptionKeys, type ServiceOptionKey } from '../service-option-keys.ts'
import { issuesTogether } from './together.ts'

/** A task that replaces the running instances of a service, or tries a change on one. */
export type ReplacingTask = { service_id: string; task_id: string }
/** The outcome of a change. */
export type Changed = {
  /** The tasks of the services that run. */
  tasks: readonly ReplacingTask[]
} & Outcome

/**
 * `same`: nothing had to change, or the request was only a check. `stored`: the values are stored; `revision` is null
 * if only options of services changed, which have no revision. `tried`: a canary tries the values first and must pass
 * this number of golden examples.
 */
type Outcome =
  { kind: 'same' } | { kind: 'stored'; revision: number | null } | { kind: 'tried'; goldenExamples: number }

/** The outcome of a change that changes nothing. */
export const nothingChanged: Changed = { kind: 'same', tasks: [] }

/** Changes that a person requests. `apply` says whether running instances are replaced now. */
export type ChangeRequest = {
  actor: Actor
  language: Language
  changes: readonly RequestedChange[]
  reason: string
  apply: boolean
  /** Whether the change is tried on one instance first, and is stored only if that passes. */
  canary?: boolean
  /** The ids of the changes of a draft that are published. */
  published?: readonly string[]
  /** The path of a change in the request, for error details. For a single change, the path is `value`. */
  place?: (index: number) => string
}

/** A change with its scope, the row that is stored now, and its path in the request. */
export type Placed = {
  change: RequestedChange
  found: FoundScope
  row: StoredConfig | undefined
  place: string
}

/** Whether there is no such key. A stored value of a key that no longer exists can still be removed. */
const isUnknown = ({ change: { key, unset }, row }: Placed): boolean =>
  configKeyFacts(key) === null && !(unset === true && row)

/** Throws `config.not_here` for a key that cannot be set here. */
function requireSettable({ change: { key }, found: { scope } }: Placed): void {
  const facts = configKeyFacts(key)
  if (facts && !facts.types.some((type) => type === scope.type))
    throw configNotHere({ key, type: scope.type, types: [...facts.types] })
}

/** Whether a change sets an option of a service, such as its port. */
export const isOption = (placed: Placed): placed is Placed & { change: { key: ServiceOptionKey } } =>
  placed.found.service !== null && isServiceOptionKey(placed.change.key)

/** Throws `config.administrators_only` for what reaches everybody: a variable of all services, and keys that say so. */
function requireAdministrator(actor: Actor, { change: { key }, found: { scope } }: Placed): void {
  if (scope.type === 'system' && needsAdministrator(key) && !maySetForEverybody(actor))
    throw configAdministratorsOnly({ key })
}

/** Whether a request keeps the value of a secret and changes only its description. */
const keepsSecret = ({ change: { value, unset, secret }, row }: Placed): boolean =>
  value === undefined && unset !== true && secret !== false && row?.secret === true

/** The problems of a requested value. */
function issuesOf(placed: Placed): BrokenRule[] {
  const {
    change: { key, value, unset },
    place,
  } = placed
  if (isUnknown(placed)) {
    const values = { key, nearest: nearestKey(key) }
    return [{ path: place.replace(/\.value$/, '.key'), rule: 'field.unknown_key', values }]
  }
  if (keepsSecret(placed)) return []
  // Most options always have a value.
  if (unset === true && isOption(placed) && !serviceOptionKeys[placed.change.key].mayBeNone)
    return [{ path: place, rule: 'field.required', values: {} }]
  if (unset === true)
    return value === undefined ? [] : [{ path: place, rule: 'field.not_with', values: { other: 'unset' } }]
  if (value === undefined || value === null) return [{ path: place, rule: 'field.required', values: {} }]
  const parsed = valueSchemaOf(key).safeParse(value, { reportInput: true })
  return brokenRules(parsed.error?.issues ?? []).map((broken) => ({
    ...broken,
    path: pathBelow(
      place,
      [broken.path].filter((path) => path !== ''),
    ),
  }))
}

/**
 * The value to store. A secret is sealed later, when it is stored. What the request leaves out, such as the
 * description, stays as it is.
 */
export function newValue(placed: Placed): NewValue {
  const { change, row } = placed
  const { scope } = placed.found
  const { key, base_revision: base } = change
  const description = change.description ?? row?.description ?? ''
  if (row && keepsSecret(placed))
    return { scope, key, value: row.configValue, secret: true, sealing: 'keep', description, base }
  const secret = isKnownConfigKey(key) ? isSecretConfigKey(key) : (change.secret ?? row?.secret ?? false)
  const { value } = change
  const given = change.unset === true || value === undefined ? undefined : storedForm(key, value)
  return { scope, key, value: given, secret, ...(secret && { sealing: 'seal' as const }), description, base }
}

/** The name of a key of a scope. All values of people that are read together are of one person. Pure. */
const placeName = (type: ConfigType, serviceId: string | null, key: string): string =>
  `${type} ${serviceId ?? ''} ${key}`

/** The changes of a key of a scope after the first one. A return to an earlier revision may have very many changes. Pure. */
function repeated(placed: readonly Placed[]): Placed[] {
  const seen = new Set<string>()
  return placed.filter(({ change: { key }, found: { scope } }) => {
    const name = placeName(scope.type, scope.serviceId, key)
    const isSeen = seen.has(name)
    seen.add(name)
    return isSeen
  })
}

/**
 * Finds the scope and the stored row of each change, and checks all of them. Throws `request.invalid`,
 * `config.unknown_key`, `config.not_here`, `config.administrators_only`, and what {@link findScope} throws.
 */
export async function placeChanges(deps: ChangeConfigsDeps, request: ChangeRequest): Promise<Placed[]> {
  const { actor, changes, place = (index) => `changes[${index}].value` } = request
  const scopes = new Map<string, FoundScope>()
  for (const change of changes) {
    const name = scopeNameOf(change)
    if (!scopes.has(name)) scopes.set(name, await findScope(deps, actor, change))
  }
  const rows = await deps.configs.values([...scopes.values()].map(({ scope }) => scope))
  const rowAt = new Map(rows.map((row) => [placeName(row.configType, row.serviceId, row.configKey), row]))
  const placed = changes.flatMap((change, index): Placed[] => {
    const found = scopes.get(scopeNameOf(change))
    if (!found) return []
    const { type, serviceId } = found.scope
    return [{ change, found, row: rowAt.get(placeName(type, serviceId, change.key)), place: place(index) }]
  })
  const unknown = placed.find(isUnknown)
  // Beside others it is one of the problems of the request, all of which are named.
  if (unknown && placed.length === 1)
    throw configKeyUnknown({ key: unknown.change.key, nearest: nearestKey(unknown.change.key) })
  for (const one of placed) {
    requireSettable(one)
    requireAdministrator(actor, one)
  }
  const issues = [
    ...placed.flatMap(issuesOf),
    ...repeated(placed).map(({ place: path }): BrokenRule => ({ path, rule: 'field.one_only', values: {} })),
  ]
  if (issues.length > 0) throw refusalOf(issues)
  const together = issuesTogether(placed, { layers: deps, rows })
  if (together.length > 0) throw refusalOf(together)
  return placed
}
