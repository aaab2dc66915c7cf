import type { DraftedChange, Language, RequestedChange } from '@vitrine/contract'
import { refusalOf } from '../../../lib/invalid-request.errors.ts'
import type { Actor } from '../../../lib/actor.ts'
import { changeConfigs, checkedValues } from '../changes/change-configs.ts'
import type { ConfigDraftsRepository, StoredDraft } from './drafts.repository.ts'
import type { ConfigScope } from '../scopes/config-scope.ts'
import type { ChangeConfigsDeps } from '../configs.deps.ts'
import { configDraftChanged, configDraftEmpty } from '../configs.errors.ts'
import type { StoredConfig } from '../configs.repository.ts'
import { findScope, namesOf, type NamedScope } from '../scopes/find-scope.ts'
import { isServiceOptionKey } from '../service-option-keys.ts'
import { openedValue } from '../effective/service-variables.ts'
import type { Changed } from '../changes/place-changes.ts'

/** What drafting and publishing changes needs. */
export type ConfigDraftsDeps = ChangeConfigsDeps & { drafts: ConfigDraftsRepository }

type Of = { actor: Actor; named: NamedScope }

const keepsValue = ({ value, unset }: StoredDraft): boolean => value === null && !unset

function shownChange(draft: StoredDraft, row: StoredConfig | undefined): DraftedChange {
  const { id, configKey: key, secret: isSecret, unset, base, updatedAt } = draft
  const wasSecret = row?.secret ?? false
  return {
    id,
    key,
    unset,
    base_revision: base,
    description: draft.description,
    secret: isSecret || wasSecret,
    kept: keepsValue(draft),
    is_new: row === undefined,
    before: row && !wasSecret ? row.configValue : null,
    after: isSecret ? null : draft.value,
    revision: row?.revision ?? 0,
    updated_at: updatedAt.toISOString(),
  }
}

/** The keys in the drafts of others, by author, without the values. */
function shownOthers(drafts: readonly StoredDraft[]) {
  const authors = new Map<string, StoredDraft[]>()
  for (const draft of drafts) authors.set(draft.authorId, [...(authors.get(draft.authorId) ?? []), draft])
  return [...authors.values()].map((of) => ({
    author: of[0]?.authorName ?? '',
    keys: of.map(({ configKey }) => configKey),
    updated_at: new Date(Math.max(...of.map(({ updatedAt }) => updatedAt.getTime()))).toISOString(),
  }))
}

/** The actor's draft with the current values, and the keys in the drafts of others. */
export async function readDraft(deps: ConfigDraftsDeps, { actor, named }: Of) {
  const { scope } = await findScope(deps, actor, named)
  const [drafts, rows] = await Promise.all([deps.drafts.list(scope), deps.configs.values([scope])])
  const rowOf = (key: string) => rows.find(({ configKey }) => configKey === key)
  return {
    changes: drafts
      .filter(({ authorId }) => authorId === actor.id)
      .map((draft) => shownChange(draft, rowOf(draft.configKey))),
    others: shownOthers(drafts.filter(({ authorId }) => authorId !== actor.id)),
  }
}

/**
 * Puts changes into the actor's draft. They are checked like a change, so that a draft contains only what can be
 * published. A change without a `base_revision` is based on the current value. Throws `config.full`, and what {@link
 * changeConfigs} throws.
 */
export async function saveDraft(
  deps: ConfigDraftsDeps,
  input: Of & { language: Language; changes: readonly RequestedChange[] },
): Promise<number> {
  const { actor, named, language, changes } = input
  const { scope, service } = await findScope(deps, actor, named)
  const options = changes.flatMap(({ key }, at) =>
    service && isServiceOptionKey(key)
      ? [{ path: `changes[${at}].key`, rule: 'field.service_option' as const, values: {} }]
      : [],
  )
  if (options.length > 0) throw refusalOf(options)
  const rows = await deps.configs.values([scope])
  const wanted = changes.map((change) => ({
    ...change,
    ...namesOf(scope),
    base_revision:
      change.base_revision ?? rows.find(({ configKey }) => configKey === change.key)?.revision ?? 0,
  }))
  const values = await checkedValues(deps, { actor, language, changes: wanted, reason: '', apply: false })
  const seal = (value: RequestedChange['value']) => deps.sealer.seal(JSON.stringify(value))
  const author = { id: actor.id, name: actor.name }
  await deps.drafts.save({ scope, author, now: deps.clock(), values, seal })
  return values.length
}

/** Discards the actor's draft, or one key of it. */
export async function discardDraft(
  deps: ConfigDraftsDeps,
  { actor, named, key }: Of & { key: string | undefined },
): Promise<number> {
  const { scope } = await findScope(deps, actor, named)
  return deps.drafts.discard(scope, actor.id, key)
}

/** The change that an entry of a draft requests. Throws `config.secret_unreadable`. */
function requestOf(
  { sealer }: Pick<ChangeConfigsDeps, 'sealer'>,
  scope: ConfigScope,
  draft: StoredDraft,
): RequestedChange {
  const { configKey: key, value, secret, unset, description, base } = draft
  const common = { ...namesOf(scope), key, base_revision: base }
  if (unset) return { ...common, unset: true }
  if (keepsValue(draft) || value === null) return { ...common, secret, description }
  return { ...common, value: openedValue(sealer, { key, value, secret }), secret, description }
}

/**
 * Publishes the actor's draft as one revision: all of it, or nothing if there is a problem. Published changes are
 * removed from the draft. Throws `config.draft_empty`; `config.draft_changed` if a change has been drafted again,
 * discarded or published since the actor looked at it; `config.changed` with every key whose value somebody else has
 * changed; and what {@link changeConfigs} throws.
 */
export async function publishDraft(
  deps: ConfigDraftsDeps,
  input: Of & {
    language: Language
    ids: readonly string[] | undefined
    over: Readonly<Record<string, number>>
    reason: string
    apply: boolean
    canary: boolean
  },
): Promise<Changed> {
  const { actor, named, language, ids, over, reason, apply, canary } = input
  const { scope } = await findScope(deps, actor, named)
  const mine = (await deps.drafts.list(scope)).filter(({ authorId }) => authorId === actor.id)
  const chosen = ids ? mine.filter(({ id }) => ids.includes(id)) : mine
  if (ids && chosen.length < new Set(ids).size) throw configDraftChanged({})
  if (chosen.length === 0) throw configDraftEmpty({})
  const changes = chosen.map((draft) => {
    const change = requestOf(deps, scope, draft)
    return { ...change, base_revision: over[change.key] ?? change.base_revision ?? 0 }
  })
  const published = chosen.map(({ id }) => id)
  return changeConfigs(deps, { actor, language, changes, reason, apply, canary, published })
}
