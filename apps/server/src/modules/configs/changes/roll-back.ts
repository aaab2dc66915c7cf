import { configKeyFacts, type Language, type RequestedChange } from '@vitrine/contract'
import type { Actor } from '../../../lib/actor.ts'
import { changeConfigs } from './change-configs.ts'
import { findScope, namesOf, type NamedScope } from '../scopes/find-scope.ts'
import type { ChangeConfigsDeps } from '../configs.deps.ts'
import { openedValue } from '../effective/service-variables.ts'
import { nothingChanged, type Changed } from './place-changes.ts'
import { requireRevision } from './require-revision.ts'

/**
 * Sets one key, or all keys of a scope, to the values that they had after a revision. This makes a new revision, so
 * that nothing of the history is lost. Throws `config.revision_not_found`, and what {@link changeConfigs} throws.
 */
export async function rollbackConfigs(
  deps: ChangeConfigsDeps,
  input: {
    actor: Actor
    language: Language
    named: NamedScope
    revision: number
    key?: string
    reason: string
    apply: boolean
    canary: boolean
  },
): Promise<Changed> {
  const { actor, language, named, revision, key, reason, apply, canary } = input
  const { scope } = await findScope(deps, actor, named)
  await requireRevision(deps, scope, { revision, key })
  const [then, now] = await Promise.all([
    deps.configs.changesUpTo(scope, revision, { key }),
    deps.configs.values([scope]),
  ])
  const ofScope = namesOf(scope)
  const stored = then.filter(({ after }) => after !== null)
  const revisionNow = new Map(now.map((row) => [row.configKey, row.revision]))
  // A value that has not changed since is left out, because the person may not be allowed to set it.
  const changed = stored.filter((change) => revisionNow.get(change.configKey) !== change.revision)
  const back = changed.map((change): RequestedChange => {
    const { configKey, after, secretAfter: secret, description } = change
    const value = openedValue(deps.sealer, { key: configKey, value: after, secret })
    return { ...ofScope, key: configKey, value, secret, description }
  })
  const kept = new Set(stored.map((change) => change.configKey))
  const gone = now.flatMap(({ configKey }): RequestedChange[] => {
    const isMeant = key === undefined ? configKeyFacts(configKey) !== null : configKey === key
    return isMeant && !kept.has(configKey) ? [{ ...ofScope, key: configKey, unset: true }] : []
  })
  const changes = [...back, ...gone]
  if (changes.length === 0) return nothingChanged
  return changeConfigs(deps, { actor, language, changes, reason, apply, canary })
}
