import type { SecondFactor } from '@vitrine/contract'
import type { Actor } from '../../../lib/actor.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { TextSealer } from '../../../lib/sealed-text.ts'
import { requireRank } from '../../users/custom-roles.usecases.ts'
import { userNotFound } from '../../users/users.errors.ts'
import { passwordMatches } from '../../users/users.password-hash.ts'
import {
  currentPasswordWrong,
  peopleOnly,
  secondFactorOff,
  secondFactorOn,
  secondFactorOwn,
  secondFactorUnreadable,
  wrongCode,
} from '../auth.errors.ts'
import { takeAttempt, takeCodeAttempt } from '../attempts/attempt-limit.ts'
import type { SecondFactorsRepository, StoredSecondFactor } from './second-factor.repository.ts'
import { keepOnlySession } from '../sessions/sessions.usecases.ts'
import type { AuthDeps } from '../auth.deps.ts'
import { newRecoveryCodes, newTotpSecret, recoveryHash, stepOfCode, totpUri } from './one-time-codes.ts'

/** What checking a second factor needs. */
export type SecondFactorDeps = {
  secondFactors: SecondFactorsRepository
  sealer: TextSealer
  clock: Clock
}

/**
 * The time step of a code. Null if the code is wrong, or its step is not later than the last used one. Throws
 * `auth.second_factor_unreadable`.
 */
function freshStep(
  deps: SecondFactorDeps,
  { secret, lastStep }: StoredSecondFactor,
  code: string,
): number | null {
  let opened: string
  try {
    opened = deps.sealer.open(secret)
  } catch (error) {
    throw secondFactorUnreadable({}, error)
  }
  const step = stepOfCode(opened, code, deps.clock())
  return step === null || step <= lastStep ? null : step
}

/**
 * Checks and uses a code of a person's second factor, or a recovery code. Each works once. Throws `auth.wrong_code`,
 * `auth.second_factor_unreadable`. The caller counts the attempt.
 */
export async function takeCode(
  deps: SecondFactorDeps,
  factor: StoredSecondFactor,
  code: string,
): Promise<void> {
  // Recovery codes are tried first, because they work even if the secret cannot be read.
  if (await deps.secondFactors.takeRecovery(factor.userId, recoveryHash(code))) return
  const step = freshStep(deps, factor, code)
  if (step === null || !(await deps.secondFactors.takeStep(factor.userId, step)))
    throw wrongCode({ path: 'code' })
}

/** The confirmed second factor of a person, which a sign-in needs. Null if there is none. */
export async function confirmedFactor(
  { secondFactors }: Pick<SecondFactorDeps, 'secondFactors'>,
  userId: string,
): Promise<StoredSecondFactor | null> {
  const found = await secondFactors.find(userId)
  return found?.confirmedAt ? found : null
}

type OwnCode = { actor: Actor; code: string }

/** The id of a person's own session. Throws `auth.people_only` for an API key, which has no second factor. */
function sessionOf(actor: Actor): string {
  if (actor.kind !== 'user' || actor.sessionId === undefined) throw peopleOnly({})
  return actor.sessionId
}

/** What people see of a second factor. */
export async function readSecondFactor(
  deps: Pick<SecondFactorDeps, 'secondFactors'>,
  userId: string,
): Promise<SecondFactor> {
  const found = await confirmedFactor(deps, userId)
  return {
    enabled: found !== null,
    since: found?.confirmedAt?.toISOString() ?? null,
    recovery_codes_left: found?.recoveryHashes.length ?? 0,
  }
}

/**
 * Makes a secret for an authenticator app. Throws `auth.people_only`, `auth.current_password_wrong`,
 * `auth.too_many_attempts`, `auth.second_factor_on`.
 */
export async function beginSecondFactor(
  deps: AuthDeps & SecondFactorDeps,
  input: { actor: Actor; address: string; currentPassword: string },
): Promise<{ secret: string; uri: string }> {
  const { actor, address } = input
  const device = sessionOf(actor)
  // This comes first, so that somebody who has the session but not the phone cannot try passwords here.
  if (await confirmedFactor(deps, actor.id)) throw secondFactorOn({})
  const attempt = await takeAttempt(deps, { name: actor.name, address, device })
  const found = await deps.users.credentials({ id: actor.id })
  if (!found || !(await passwordMatches(found.passwordHash, input.currentPassword, actor.id)))
    throw currentPasswordWrong({ path: 'current_password' })
  await attempt.succeeded()
  const secret = newTotpSecret()
  if (!(await deps.secondFactors.begin(actor.id, deps.sealer.seal(secret)))) throw secondFactorOn({})
  return { secret, uri: totpUri(secret, actor.name) }
}

/**
 * Turns the second factor on with a first code. Ends all other sessions, because they began without it. Resolves with
 * the recovery codes and a new access token, because earlier tokens end. Throws `auth.wrong_code`,
 * `auth.second_factor_off`, `auth.second_factor_on`.
 */
export async function confirmSecondFactor(
  deps: AuthDeps & SecondFactorDeps,
  input: OwnCode,
): Promise<{ codes: string[]; accessToken: string }> {
  const { actor, code } = input
  const sessionId = sessionOf(actor)
  const found = await deps.secondFactors.find(actor.id)
  if (!found) throw secondFactorOff({})
  if (found.confirmedAt) throw secondFactorOn({})
  const attempt = await takeCodeAttempt(deps, actor.id)
  const lastStep = freshStep(deps, found, code)
  if (lastStep === null) throw wrongCode({ path: 'code' })
  const codes = newRecoveryCodes()
  const on = { confirmedAt: deps.clock(), lastStep, recoveryHashes: codes.map(recoveryHash) }
  // Another request may have replaced the secret in the meantime, or confirmed the factor.
  if (!(await deps.secondFactors.confirm(found, on))) throw wrongCode({ path: 'code' })
  await attempt.succeeded()
  return { codes, accessToken: await keepOnlySession(deps, { userId: actor.id, sessionId }) }
}

/** Checks and uses a code of the actor's own second factor, and counts the attempt. */
async function takeOwnCode(deps: AuthDeps & SecondFactorDeps, input: OwnCode): Promise<void> {
  sessionOf(input.actor)
  const attempt = await takeCodeAttempt(deps, input.actor.id)
  const found = await confirmedFactor(deps, input.actor.id)
  if (!found) {
    await attempt.undecided()
    throw secondFactorOff({})
  }
  await takeCode(deps, found, input.code)
  await attempt.succeeded()
}

/** Replaces the recovery codes. Throws `auth.wrong_code`, `auth.second_factor_off`. */
export async function renewRecoveryCodes(
  deps: AuthDeps & SecondFactorDeps,
  input: OwnCode,
): Promise<string[]> {
  await takeOwnCode(deps, input)
  const codes = newRecoveryCodes()
  await deps.secondFactors.replaceRecovery(input.actor.id, codes.map(recoveryHash))
  return codes
}

/** Turns the actor's own second factor off. Throws `auth.wrong_code`, `auth.second_factor_off`. */
export async function disableSecondFactor(deps: AuthDeps & SecondFactorDeps, input: OwnCode): Promise<void> {
  await takeOwnCode(deps, input)
  await deps.secondFactors.remove(input.actor.id)
}

/** Throws `user.not_found` if a person does not exist, and `auth.not_permitted` if they may do more than the actor. */
export async function requireOver(deps: Pick<AuthDeps, 'users'>, actor: Actor, id: string): Promise<void> {
  const account = await deps.users.account(id)
  if (!account) throw userNotFound({ id })
  requireRank(actor, account)
}

/** What an administrator sees of somebody's second factor. */
export async function secondFactorOfOther(
  deps: Pick<AuthDeps, 'users'> & SecondFactorDeps,
  { actor, id }: { actor: Actor; id: string },
): Promise<SecondFactor> {
  await requireOver(deps, actor, id)
  return readSecondFactor(deps, id)
}

/**
 * Turns off the second factor of a person who has lost it. Throws `auth.second_factor_own` for the actor's own one,
 * which needs a code. Otherwise somebody who took over a session could turn it off.
 */
export async function resetSecondFactor(
  deps: Pick<AuthDeps, 'users'> & SecondFactorDeps,
  { actor, id }: { actor: Actor; id: string },
): Promise<void> {
  if (actor.id === id) throw secondFactorOwn({})
  await requireOver(deps, actor, id)
  if (!(await deps.secondFactors.remove(id))) throw secondFactorOff({})
}
