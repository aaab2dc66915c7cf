import { existingUsername } from '@vitrine/contract'
import { clientNetwork } from '@vitrine/contract/client-network'
import type { Actor } from '../../lib/actor.ts'
import { hashPassword, passwordMatches } from '../users/users.password-hash.ts'
import type { Credentials } from '../users/users.repository.ts'
import {
  accountDisabled,
  codeRequired,
  currentPasswordWrong,
  peopleOnly,
  wrongPassword,
} from './auth.errors.ts'
import type { AuthDeps } from './auth.deps.ts'
import { takeAttempt } from './attempts/attempt-limit.ts'
import { confirmedFactor, takeCode, type SecondFactorDeps } from './second-factor/second-factor.usecases.ts'
import { sha256 } from '../../lib/secrets.ts'
import { keepOnlySession, startSession, type SignedInSession } from './sessions/sessions.usecases.ts'

/**
 * Signs a person in by name and password. A wrong password and an unknown name take the same work and get the same
 * answer, `auth.wrong_password`. Throws `auth.too_many_attempts`. If the password is right, throws `auth.disabled`, or
 * what {@link passSecondFactor} throws. `deviceToken` is the token that an earlier sign-in gave to this browser.
 */
export async function signIn(
  deps: AuthDeps & SecondFactorDeps,
  input: {
    username: string
    password: string
    code?: string | undefined
    address: string
    userAgent: string | null
    deviceToken: string | undefined
  },
): Promise<SignedInSession> {
  const names = namesOf(input.username)
  let found: Credentials | null = null
  for (const username of names) found ??= await deps.users.credentials({ username })
  const device = input.deviceToken === undefined ? null : await deps.tokens.verifyDevice(input.deviceToken)
  const attempt = await takeAttempt(deps, {
    // An impossible name may contain characters that PostgreSQL cannot store, so it is counted by its hash.
    name: names[0] ?? sha256(input.username),
    address: input.address,
    device: device !== null && device.userId === found?.user.id ? device.id : null,
  })
  const matches = await passwordMatches(
    found?.passwordHash ?? null,
    input.password,
    clientNetwork(input.address),
  )
  if (!found || !matches) throw wrongPassword({})
  if (!found.user.disabled) await passSecondFactor(deps, attempt, { userId: found.user.id, code: input.code })
  await attempt.succeeded()
  if (found.user.disabled) throw accountDisabled({})
  const { address, userAgent } = input
  return startSession(deps, { person: found, place: { address, userAgent } })
}

/**
 * Checks the second factor of a person whose password is right. Throws `auth.code_required`, `auth.wrong_code`. A wrong
 * code counts as a failed attempt. A sign-in without a code takes back only its own attempt, because otherwise somebody
 * who knows the password could try codes for ever.
 */
async function passSecondFactor(
  deps: SecondFactorDeps,
  attempt: Awaited<ReturnType<typeof takeAttempt>>,
  { userId, code = '' }: { userId: string; code: string | undefined },
): Promise<void> {
  const factor = await confirmedFactor(deps, userId)
  if (!factor) return
  if (code.trim() === '') {
    await attempt.undecided()
    throw codeRequired({})
  }
  await takeCode(deps, factor, code.trim())
}

/**
 * The account names that this text may mean: the normalised one first, then the text as typed, because names of older
 * accounts may not be normalised.
 */
const namesOf = (typed: string): string[] =>
  [...new Set([typed.normalize('NFKC'), typed])].filter((name) => existingUsername.safeParse(name).success)

/**
 * Changes the actor's own password. Attempts count like sign-ins. Ends every other session and refuses all
 * earlier access tokens, so the answer is a new session. Throws `auth.people_only`,
 * `auth.current_password_wrong`.
 */
export async function changeOwnPassword(
  deps: AuthDeps,
  input: { actor: Actor; currentPassword: string; newPassword: string; address: string },
): Promise<string> {
  const { actor } = input
  const sessionId = actor.sessionId
  if (actor.kind !== 'user' || sessionId === undefined) throw peopleOnly({})
  // A signed-in person has shown that they use this device, so their session counts as the device.
  const attempt = await takeAttempt(deps, { name: actor.name, address: input.address, device: sessionId })
  const found = await deps.users.credentials({ id: actor.id })
  if (!found || !(await passwordMatches(found.passwordHash, input.currentPassword, actor.id)))
    throw currentPasswordWrong({ path: 'current_password' })
  await attempt.succeeded()
  await deps.users.update(actor.id, {
    passwordHash: await hashPassword(input.newPassword, actor.id),
    endsTokensAt: deps.clock(),
  })
  return keepOnlySession(deps, { userId: actor.id, sessionId })
}

/** Removes expired sessions, revocations that have no effect any more, and failures older than a day. */
export async function forgetOldSignIns(
  deps: Pick<AuthDeps, 'sessions' | 'attempts' | 'revocations' | 'clock'>,
): Promise<void> {
  const now = deps.clock()
  await deps.sessions.removeExpired(now)
  await deps.revocations.removeOld(now)
  await deps.attempts.removeOlderThan(new Date(now.getTime() - 24 * 3600 * 1000))
}
