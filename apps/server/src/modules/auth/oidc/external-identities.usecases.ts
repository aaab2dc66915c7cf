import type { ExternalIdentity } from '@vitrine/contract'
import type { Actor } from '../../../lib/actor.ts'
import { identityNotFound } from '../../users/users.errors.ts'
import type { OpenedElsewhere } from '../../users/users.usecases.ts'
import type { AuthDeps } from '../auth.deps.ts'
import type { ExternalIdentitiesRepository } from './external-identities.repository.ts'
import type { OidcProvider } from './oidc-provider.ts'
import { requireOver } from '../second-factor/second-factor.usecases.ts'
import { endSessionsOf } from '../sessions/sessions.usecases.ts'

/** What is needed to read and remove the identities of people. */
export type ExternalIdentitiesDeps = AuthDeps & {
  oidc: Pick<OidcProvider, 'settings'> | null
  externalIdentities: Pick<ExternalIdentitiesRepository, 'list' | 'unlink'>
}

/**
 * Tells which accounts the configured server opens with rights that it decides: those that its groups give a role, and those of whose name
 * a verified address is looked for.
 */
export const openedByServer =
  ({
    oidc,
    externalIdentities,
  }: {
    oidc: Pick<OidcProvider, 'settings'> | null
    externalIdentities: Pick<ExternalIdentitiesRepository, 'isLinked'>
  }): OpenedElsewhere =>
  async ({ id, username }) => {
    if (oidc === null) return false
    const { linkByEmail, groups, issuer } = oidc.settings
    if (linkByEmail && username.includes('@')) return true
    return groups !== null && id !== null && (await externalIdentities.isLinked(id, issuer))
  }

/** The accounts of other servers with which a person signs in. Throws `user.not_found`, `auth.not_permitted`. */
export async function listIdentities(
  deps: ExternalIdentitiesDeps,
  { actor, id }: { actor: Actor; id: string },
): Promise<{ items: ExternalIdentity[]; total: number; roles_from_groups: boolean }> {
  await requireOver(deps, actor, id)
  const items = (await deps.externalIdentities.list(id)).map(({ issuer, subject, createdAt }) => ({
    issuer,
    subject,
    created_at: createdAt.toISOString(),
  }))
  // Identities of a server that was configured earlier let nobody in. They are listed, so that administrators see and remove them.
  const { settings } = deps.oidc ?? {}
  const isCurrent = items.some(({ issuer }) => issuer === settings?.issuer)
  return { items, total: items.length, roles_from_groups: isCurrent && settings?.groups !== null }
}

/**
 * Removes an identity with which a person signs in. All their sessions end, because it is not stored which of them
 * began with it. Throws `user.not_found`, `auth.not_permitted`, `user.identity_not_found`.
 */
export async function removeIdentity(
  deps: ExternalIdentitiesDeps,
  { actor, id, issuer, subject }: { actor: Actor; id: string; issuer: string; subject: string },
): Promise<void> {
  await requireOver(deps, actor, id)
  const known = await deps.externalIdentities.list(id)
  if (!known.some((one) => one.issuer === issuer && one.subject === subject))
    throw identityNotFound({ issuer })
  const endSessions = async () => {
    await endSessionsOf(deps, { userId: id, except: null })
    await deps.publishKeys()
  }
  // Sessions end first: if that fails, the identity still exists for a second attempt.
  await endSessions()
  if (!(await deps.externalIdentities.unlink({ issuer, subject, userId: id })))
    throw identityNotFound({ issuer })
  // The person may have signed in with it in the meantime.
  await endSessions()
}
