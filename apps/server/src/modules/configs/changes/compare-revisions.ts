import { isDeepStrictEqual } from 'node:util'
import { configKeyFacts, type ConfigChange, type Json } from '@vitrine/contract'
import type { Actor } from '../../../lib/actor.ts'
import type { ConfigsDeps } from '../configs.deps.ts'
import type { StoredChange } from '../configs.repository.ts'
import type { ConfigScope } from '../scopes/config-scope.ts'
import { findScope, type NamedScope } from '../scopes/find-scope.ts'
import { requireRevision } from './require-revision.ts'

/** What the values of a scope were after a revision, by key. Throws `config.revision_not_found`. */
async function stateAfter(
  deps: Pick<ConfigsDeps, 'configs'>,
  scope: ConfigScope,
  revision: number,
): Promise<ReadonlyMap<string, StoredChange>> {
  await requireRevision(deps, scope, { revision })
  const changes = await deps.configs.changesUpTo(scope, revision)
  return new Map(
    changes.flatMap((change) =>
      change.after === null || configKeyFacts(change.configKey) === null
        ? []
        : [[change.configKey, change] as const],
    ),
  )
}

const shown = (change: StoredChange | undefined): Json =>
  change === undefined || change.secretAfter ? null : change.after

/**
 * What differs in the values of a scope between two revisions, whichever of them is the earlier. Without `to`, it is the newest. Of a
 * secret only its last change tells whether it differs: nobody is told whether two secrets are the same. Throws
 * `config.revision_not_found`, and what {@link findScope} throws.
 */
export async function compareRevisions(
  deps: Pick<ConfigsDeps, 'configs' | 'services'>,
  { actor, named, from, to }: { actor: Actor; named: NamedScope; from: number; to: number | undefined },
): Promise<{ from: number; to: number; changes: ConfigChange[] }> {
  const { scope } = await findScope(deps, actor, named)
  const last = to ?? (await deps.configs.newest())
  const before = await stateAfter(deps, scope, from)
  const after = await stateAfter(deps, scope, last)
  const keys = [...new Set([...before.keys(), ...after.keys()])].toSorted()
  const changes = keys.flatMap((key): ConfigChange[] => {
    const [one, other] = [before.get(key), after.get(key)]
    if (one?.revision === other?.revision) return []
    const secret = one?.secretAfter === true || other?.secretAfter === true
    const [was, is] = [shown(one), shown(other)]
    if (!secret && isDeepStrictEqual(was, is)) return []
    return [{ key, type: scope.type, service_id: scope.serviceId, secret, before: was, after: is }]
  })
  return { from, to: last, changes }
}
