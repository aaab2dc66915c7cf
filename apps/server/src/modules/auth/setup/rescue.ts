import { readFile, rm } from 'node:fs/promises'
import { operatorActor } from '../../../lib/actor.ts'
import { ifThere } from '../../../lib/if-there.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import type { AuditRepository } from '../../audit/audit.repository.ts'
import { recordAudit } from '../../audit/audit.usecases.ts'
import { userNotFound } from '../../users/users.errors.ts'
import { hashPassword, passwordMatches } from '../../users/users.password-hash.ts'
import { changeUser, type UsersDeps } from '../../users/users.usecases.ts'
import type { SecondFactorsRepository } from '../second-factor/second-factor.repository.ts'

/** An account whose owner cannot sign in any more, and its new password. */
type Rescue = { username: string; password: string }

/**
 * What a start did with a requested rescue: it carried it out (`done`), or an earlier start had done so (`before`).
 * Null if none is requested.
 */
export type RescueOutcome = 'done' | 'before' | null

type RescueDeps = Omit<UsersDeps, 'openedElsewhere'> & {
  secondFactors: Pick<SecondFactorsRepository, 'remove'>
  audit: AuditRepository
}

/**
 * Lets a person sign in again who has lost the password or the phone: sets the password, turns the second factor off,
 * and enables the account. The operator of the machine requests this at the start, because a sole administrator has
 * nobody else to ask. Changes nothing if the account already is in this state. Throws `user.not_found`.
 */
async function rescueAccount(deps: RescueDeps, { username, password }: Rescue): Promise<void> {
  const found = await deps.users.credentials({ username })
  if (!found) throw userNotFound({ id: username })
  const { id, disabled } = found.user
  const had = { second_factor: await deps.secondFactors.remove(id), disabled }
  const isNew = !(await passwordMatches(found.passwordHash, password, operatorActor.id))
  if (!had.second_factor && !had.disabled && !isNew) return
  // Whoever runs the machine may set every password.
  const withEveryDoor = { ...deps, openedElsewhere: async () => false }
  await changeUser(withEveryDoor, {
    actor: operatorActor,
    id,
    disabled: false,
    // The password is set even if it is the same, so that the sessions that began with the second factor end.
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
 * Lets a person sign in again, once for each value of the setting. Otherwise a setting that stays would undo, at each
 * start, the password and the second factor that the owner has chosen since. A start without the setting forgets that
 * the rescue was done. `file` keeps a slow hash of the name and password. Throws `user.not_found`.
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
  if (done !== null && (await passwordMatches(done.trim(), value, operatorActor.id))) return 'before'
  await rescueAccount(deps, asked)
  await writeFileAtomically(file, `${await hashPassword(value, operatorActor.id)}\n`, 0o600)
  return 'done'
}
