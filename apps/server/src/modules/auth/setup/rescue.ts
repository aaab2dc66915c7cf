import { readFile, rm } from 'node:fs/promises'
import { operatorActor } from '../../../lib/actor.ts'
import { ifThere } from '../../../lib/if-there.ts'
import { writeFileAtomically } from '../../../lib/write-file-atomically.ts'
import type { AuditRepository } from '../../audit/audit.repository.ts'
import { recordAudit } from '../../audit/audit.usecases.ts'
import { userNotFound } from '../../users/users.errors.ts'
import { hashPassword, passwordMatches } from '../../users/users.password-hash.ts'
import { changeUser, type UsersDeps } from '../../users/users.usecases.ts'
import type { SecondFactorsRepository } from '../second-factor/second-factor.repository.ts'

/** An account whose owner cannot sign in any more, and its new password. */
type Rescue = { username: string; password: string }

/** What a start has done with a rescue: it has done it, or an earlier start had. Null if none is asked for. */
export type RescueOutcome = 'done' | 'before' | null

type RescueDeps = UsersDeps & {
  secondFactors: Pick<SecondFactorsRepository, 'remove'>
  audit: AuditRepository
}

/**
 * Lets somebody sign in again who has lost the password or the phone: gives the account this password, turns its second factor off, and
 * enables it. Whoever runs the machine asks for that at the start, because a sole administrator has nobody else to ask. Changes
 * nothing if all of it holds already. Throws `user.not_found`.
 */
async function rescueAccount(deps: RescueDeps, { username, password }: Rescue): Promise<void> {
  const found = await deps.users.credentials({ username })
  if (!found) throw userNotFound({ id: username })
  const { id, disabled } = found.user
  const had = { second_factor: await deps.secondFactors.remove(id), disabled }
  const isNew = !(await passwordMatches(found.passwordHash, password))
  if (!had.second_factor && !had.disabled && !isNew) return
  await changeUser(deps, {
    actor: operatorActor,
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
    actor: operatorActor,
    action: 'PATCH /users/{id}',
    target: id,
    details: { changes, values: { username: found.user.username, by: 'VITRINE_RESET_USER' } },
    requestId: null,
  })
}

/**
 * Lets somebody sign in again, once for each value of the setting: a setting that stays would otherwise take back, at each start, the
 * password and the second factor that its owner has chosen since. A start without the setting forgets that it was done. `file` keeps a
 * slow hash of what was asked for. Throws `user.not_found`.
 */
export async function rescueOnce(
  deps: RescueDeps,
  { file, asked }: { file: string; asked: Rescue | null },
): Promise<RescueOutcome> {
  if (asked === null) {
    await rm(file, { force: true })
    return null
  }
  const value = JSON.stringify([asked.username, asked.password])
  const done = await ifThere(readFile(file, 'utf8'))
  if (done !== null && (await passwordMatches(done.trim(), value))) return 'before'
  await rescueAccount(deps, asked)
  await writeFileAtomically(file, `${await hashPassword(value)}\n`, 0o600)
  return 'done'
}
