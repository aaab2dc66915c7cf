import type { ConfigsDeps } from '../configs.deps.ts'
import { configRevisionNotFound } from '../configs.errors.ts'
import type { ConfigScope } from '../scopes/config-scope.ts'

/**
 * Throws `config.revision_not_found` unless it is known what the values of a scope were after a revision; with `key`, what that of
 * one key was.
 */
export async function requireRevision(
  { configs }: Pick<ConfigsDeps, 'configs'>,
  scope: ConfigScope,
  { revision, key }: { revision: number; key?: string | undefined },
): Promise<void> {
  const isKept =
    (await configs.hasRevision(revision)) && !(await configs.isForgotten(scope, { revision, key }))
  if (!isKept) throw configRevisionNotFound({ revision })
}
