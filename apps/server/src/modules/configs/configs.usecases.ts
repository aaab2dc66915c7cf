import {
  configKeyFacts,
  type ConfigRevision,
  type ConfigValue,
  type Json,
  type ListQuery,
} from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Changed } from './changes/place-changes.ts'
import { findScope, type NamedScope } from './scopes/find-scope.ts'
import type { ChangeConfigsDeps, ConfigsDeps } from './configs.deps.ts'
import { configNotFound } from './configs.errors.ts'
import type { StoredChange, StoredConfig, StoredRevision } from './configs.repository.ts'
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
