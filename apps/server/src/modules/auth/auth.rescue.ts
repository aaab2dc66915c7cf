import { rolePermissions } from '@vitrine/contract'
import { platformActor, type Actor } from '../../lib/actor.ts'
import type { AuditRepository } from '../audit/audit.repository.ts'
import { recordAudit } from '../audit/audit.usecases.ts'
import { userNotFound } from '../users/users.errors.ts'
import { passwordMatches } from '../users/users.password-hash.ts'
import { changeUser, type UsersDeps } from '../users/users.usecases.ts'
import type { SecondFactorsRepository } from './auth.second-factor.repository.ts'

/** Whoever runs the machine may change every account. */
const operator: Actor = { ...platformActor, permissions: rolePermissions.admin }

/** An account whose owner cannot sign in any more, and its new password. */
export type Rescue = { username: string; password: string }

/**
 * Lets somebody sign in again who has lost the password or the phone: gives the account this password, turns its second factor off, and
 * enables it. Whoever runs the machine asks for that at the start, because a sole administrator has nobody else to ask. Changes
 * nothing if all of it holds already, so that a setting that stays ends no sessions. Throws `user.not_found`.
 */
export async function rescueAccount(
  deps: UsersDeps & { secondFactors: Pick<SecondFactorsRepository, 'remove'>; audit: AuditRepository },
  { username, password }: Rescue,
): Promise<void> {
  const found = await deps.users.credentials({ username })
  if (!found) throw userNotFound({ id: username })
  const { id, disabled } = found.user
  const had = { second_factor: await deps.secondFactors.remove(id), disabled }
  const isNew = !(await passwordMatches(found.passwordHash, password))
  if (!had.second_factor && !had.disabled && !isNew) return
  await changeUser(deps, {
    actor: operator,
    id,
    disabled: false,
    // Also without another password: sessions that were begun with the second factor end with it.
    password,
  })
  const changes = {
    ...(had.second_factor && { second_factor: { before: true, after: false } }),
    ...(had.disabled && { disabled: { before: true, after: false } }),
  }
  await recordAudit(deps, {
    actor: operator,
    action: 'PATCH /users/{id}',
    target: id,
    details: { changes, values: { username: found.user.username, by: 'VITRINE_RESET_USER' } },
    requestId: null,
  })
}
