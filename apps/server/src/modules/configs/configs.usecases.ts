import {
  configKeyFacts,
  type CanaryChances,
  type ConfigRevision,
  type ConfigValue,
  type EffectiveConfig,
  type Json,
  type Language,
  type ListQuery,
} from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Changed } from './changes/place-changes.ts'
import { canaryChances } from './changes/try-on-canary.ts'
import { findScope, type FoundScope, type NamedScope } from './scopes/find-scope.ts'
import type { ChangeConfigsDeps, ConfigsDeps } from './configs.deps.ts'
import { configNotFound } from './configs.errors.ts'
import type { StoredChange, StoredConfig, StoredRevision } from './configs.repository.ts'
import { effectiveConfigs, type ConfigFacts } from './effective/effective-config.ts'
import { storedVariables } from './effective/service-variables.ts'
import { isServiceOptionKey, serviceOptionKeys } from './service-option-keys.ts'

const shownValue = (row: StoredConfig): ConfigValue => ({
  key: row.configKey,
  value: row.secret ? null : row.configValue,
  type: row.configType,
  service_id: row.serviceId,
  description: row.description,
  secret: row.secret,
  revision: row.revision,
  updated_at: row.updatedAt.toISOString(),
})

/** A change as everybody who may read it sees it: without the values of secrets. */
const shownChange = (change: StoredChange): ConfigRevision['changes'][number] => ({
  key: change.configKey,
  type: change.configType,
  service_id: change.serviceId,
  secret: change.secretBefore || change.secretAfter,
  before: change.secretBefore ? null : change.before,
  after: change.secretAfter ? null : change.after,
})

const shownRevision = (revision: StoredRevision): ConfigRevision => ({
  number: revision.number,
  author: revision.authorName,
  reason: revision.reason,
  created_at: revision.createdAt.toISOString(),
  changes: revision.changes.map(shownChange),
})

/** A page of the values that are set, without those that the platform keeps for itself. */
export async function listConfigs(
  deps: ConfigsDeps,
  { actor, named, query }: { actor: Actor; named: NamedScope; query: ListQuery },
): Promise<{ items: ConfigValue[]; total: number }> {
  const { scope } = await findScope(deps, actor, named)
  const rows = (await deps.configs.values([scope])).filter(
    ({ configKey: key }) => configKeyFacts(key) !== null && key.includes(query.q),
  )
  const first = (query.page - 1) * query.page_size
  return { items: rows.slice(first, first + query.page_size).map(shownValue), total: rows.length }
}

/** The stored value of a key. Throws `config.not_found`. */
export async function getConfig(
  deps: ConfigsDeps,
  { actor, named, key }: { actor: Actor; named: NamedScope; key: string },
): Promise<{ key: string; value: Json }> {
  const { scope, service } = await findScope(deps, actor, named)
  if (service && isServiceOptionKey(key)) return { key, value: serviceOptionKeys[key].valueOf(service) }
  const row = configKeyFacts(key) === null ? null : await deps.configs.value(scope, key)
  if (!row) throw configNotFound({ key })
  return { key, value: shownValue(row).value }
}

/** The keys of the platform, other than variables, whose values also apply to services. */
const keysForServices = Object.keys(serviceOptionKeys)

async function factsOf(deps: ConfigsDeps, { scope, service }: FoundScope): Promise<ConfigFacts> {
  const { configs, env, file, releases, instanceRows, madeAtStart } = deps
  if (!service)
    return {
      env,
      file,
      madeAtStart: scope.type === 'system' ? madeAtStart : new Map(),
      elsewhere: scope.type === 'system' ? await deps.savedElsewhere() : new Map(),
      rows: await configs.mayCount(scope, keysForServices),
      service,
      owner: scope.type === 'user' ? 'user' : 'system',
      declared: [],
      defaults: {},
      variables: new Map(),
      instances: [],
    }
  const [rows, release, instances, newest] = await Promise.all([
    configs.mayCount(scope, keysForServices),
    releases.serving(service),
    instanceRows.list(service.id),
    configs.newest(),
  ])
  // The running instances have only a few different revisions.
  const revisions = [...new Set([newest, ...instances.map(({ configRevision }) => configRevision)])]
  const after = new Map<number, Awaited<ReturnType<typeof storedVariables>>>()
  for (const revision of revisions)
    after.set(revision, await storedVariables(configs, { serviceId: service.id, revision }))
  const variablesAfter = (revision: number) => after.get(revision) ?? new Map<string, never>()
  return {
    env,
    file,
    madeAtStart: new Map(),
    elsewhere: new Map(),
    rows,
    service,
    owner: 'system',
    declared: release?.manifest.env ?? [],
    defaults: release?.manifest.defaults ?? {},
    variables: variablesAfter(newest),
    instances: instances.map(({ id, configRevision }) => ({ id, variables: variablesAfter(configRevision) })),
  }
}

/** The effective value of each key of the platform, of a service or of a person, and why it applies. */
export async function readEffective(
  deps: ConfigsDeps,
  { actor, named, language }: { actor: Actor; named: NamedScope; language: Language },
): Promise<EffectiveConfig[]> {
  return effectiveConfigs(await factsOf(deps, await findScope(deps, actor, named)), language)
}

/**
 * Whether changes of the variables of a service can be tried on one instance first. Null if the scope is not a service.
 */
export async function readCanaryChances(
  deps: ConfigsDeps,
  { actor, named }: { actor: Actor; named: NamedScope },
): Promise<CanaryChances | null> {
  const { service } = await findScope(deps, actor, named)
  return service && canaryChances(deps, service)
}

/** A page of the revisions of a scope or of one key, newest first. */
export async function listRevisions(
  deps: ConfigsDeps,
  { actor, named, query, key }: { actor: Actor; named: NamedScope; query: ListQuery; key?: string },
): Promise<{ items: ConfigRevision[]; total: number }> {
  const { scope } = await findScope(deps, actor, named)
  const { items, total } = await deps.configs.revisions(scope, {
    ...query,
    ...(key !== undefined && { key }),
  })
  return { items: items.map(shownRevision), total }
}

/** Begins a task that replaces the running instances of a service, so that the new ones have the newest values. */
export async function applyNewest(
  deps: ChangeConfigsDeps,
  { actor, id }: { actor: Actor; id: string },
): Promise<Changed> {
  await findScope(deps, actor, { service_id: id })
  const revision = await deps.configs.newest()
  const task = await deps.replaceInstances({ actor, id, revision })
  const tasks = task ? [{ service_id: id, task_id: task.id }] : []
  return revision === 0 ? { kind: 'same', tasks } : { kind: 'stored', revision, tasks }
}
