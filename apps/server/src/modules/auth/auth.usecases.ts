import { randomUUID } from 'node:crypto'
import { username as usernameSchema, type User } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { hashPassword, passwordMatches } from '../users/users.passwords.ts'
import type { UsersRepository } from '../users/users.repository.ts'
import type { AttemptsRepository } from './auth.attempts.ts'
import {
  accountDisabled,
  currentPasswordWrong,
  peopleOnly,
  sessionEnded,
  tooManyAttempts,
  wrongPassword,
} from './auth.errors.ts'
import type { Identities } from './auth.identities.ts'
import { randomSecret, sameHash, sha256 } from './auth.secrets.ts'
import type { SessionsRepository } from './auth.sessions.ts'
import type { Tokens } from './auth.tokens.ts'

/** A session lives this long after its last refresh. */
export const sessionSeconds = 30 * 24 * 3600
/**
 * How long a replaced refresh token is still taken: two tabs that wake together send the same one. The late one gets an
 * access token and no new refresh token, for the browser both share has the first one's by then.
 */
export const refreshGraceMs = 10_000

/** What sign-in works with. */
export type AuthDeps = {
  users: UsersRepository
  sessions: SessionsRepository
  attempts: AttemptsRepository
  identities: Identities
  tokens: Tokens
  clock: Clock
}

/** A person signed in; `refreshToken` is null when the browser has a newer one already. */
export type SignedInSession = { user: User; accessToken: string; refreshToken: string | null }

const expiry = (now: Date) => new Date(now.getTime() + sessionSeconds * 1000)

/** Starts a session of a person whose identity is proven. A refresh token is `<session id>.<secret>`. */
export async function startSession(
  deps: Pick<AuthDeps, 'users' | 'sessions' | 'tokens' | 'clock'>,
  input: { user: User },
): Promise<SignedInSession> {
  const now = deps.clock()
  const id = randomUUID()
  const refreshToken = `${id}.${randomSecret()}`
  await deps.sessions.start({
    id,
    userId: input.user.id,
    refreshHash: sha256(refreshToken),
    now,
    expiresAt: expiry(now),
  })
  const user = (await deps.users.update(input.user.id, { lastLoginAt: now })) ?? input.user
  return { user, accessToken: await deps.tokens.issueAccess({ ...user, sessionId: id }), refreshToken }
}

/** Counts an attempt against the address and the name at once, or throws `auth.too_many_attempts`. */
async function takeAttempt(
  deps: Pick<AuthDeps, 'attempts' | 'clock'>,
  input: { name: string; address: string },
): Promise<{ succeeded: () => Promise<void> }> {
  const now = deps.clock()
  const address = { kind: 'address', value: input.address } as const
  const name = { kind: 'name', value: input.name } as const
  const refuse = (waitMs: number) => tooManyAttempts({ retry_after_s: Math.ceil(waitMs / 1000) })
  const addressWaitMs = await deps.attempts.take(address, now)
  if (addressWaitMs > 0) throw refuse(addressWaitMs)
  const nameWaitMs = await deps.attempts.take(name, now)
  if (nameWaitMs > 0) {
    await deps.attempts.giveBack(address)
    throw refuse(nameWaitMs)
  }
  return {
    async succeeded() {
      await deps.attempts.reset(name)
      await deps.attempts.giveBack(address)
    },
  }
}

/**
 * Signs a person in by name and password. The same answer after the same work for a wrong password and an unknown name:
 * `auth.wrong_password`. Throws `auth.too_many_attempts`; `auth.disabled` only to who knows the password.
 */
export async function signIn(
  deps: AuthDeps,
  input: { username: string; password: string; address: string },
): Promise<SignedInSession> {
  const attempt = await takeAttempt(deps, { name: sha256OfStrange(input.username), address: input.address })
  const couldExist = usernameSchema.safeParse(input.username).success
  const found = couldExist ? await deps.users.credentials({ username: input.username }) : null
  const matches = await passwordMatches(found?.passwordHash ?? null, input.password)
  if (!found || !matches) throw wrongPassword({})
  await attempt.succeeded()
  if (found.user.disabled) throw accountDisabled({})
  return startSession(deps, { user: found.user })
}

/** A name that no user can have may hold anything, also what PostgreSQL's text cannot: it is counted by its hash. */
const sha256OfStrange = (name: string): string =>
  usernameSchema.safeParse(name).success ? name : sha256(name)

/**
 * A new access token, and a new refresh token in place of the given one. A replaced token that comes back after its grace,
 * or a made-up one of a real session, ends that session: somebody else may hold it. Throws `auth.session_ended`.
 */
export async function refreshSession(
  deps: AuthDeps,
  input: { refreshToken: string },
): Promise<SignedInSession> {
  const id = sessionIdOf(input.refreshToken)
  if (id === null) throw sessionEnded({})
  const now = deps.clock()
  const next = `${id}.${randomSecret()}`
  const currentHash = sha256(input.refreshToken)
  const rotated = await deps.sessions.rotate({
    id,
    currentHash,
    nextHash: sha256(next),
    now,
    expiresAt: expiry(now),
  })
  const session = rotated ?? (await deps.sessions.find(id, now))
  if (!session) throw sessionEnded({})
  const inGrace =
    session.previousHash !== null &&
    sameHash(session.previousHash, currentHash) &&
    now.getTime() - session.refreshedAt.getTime() <= refreshGraceMs
  const user = await deps.users.get(session.userId)
  if ((!rotated && !inGrace) || !user || user.disabled) {
    await endSession(deps, { id })
    throw sessionEnded({})
  }
  const accessToken = await deps.tokens.issueAccess({ ...user, sessionId: id })
  return { user, accessToken, refreshToken: rotated ? next : null }
}

/** The session that a refresh token names, whether or not the token is good; null for what is none. */
export function sessionIdOf(refreshToken: string): string | null {
  return /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[\w-]{43}$/.exec(refreshToken)?.[1] ?? null
}

/** Ends one session at once: its access tokens too. */
export async function endSession(
  deps: Pick<AuthDeps, 'sessions' | 'identities'>,
  input: { id: string },
): Promise<void> {
  await deps.sessions.end(input.id)
  await deps.identities.forgetSessions([input.id])
}

/** Ends all sessions of a person but one, at once. */
export async function endSessionsOf(
  deps: Pick<AuthDeps, 'sessions' | 'identities'>,
  input: { userId: string; except: string | null },
): Promise<void> {
  await deps.identities.forgetSessions(await deps.sessions.endAllOf(input.userId, input.except))
}

/**
 * Changes one's own password, counted like a sign-in, and ends every other session; all access tokens made before are
 * refused, so the session that asked gets a new one: the answer. Throws `auth.people_only`, `auth.current_password_wrong`.
 */
export async function changeOwnPassword(
  deps: AuthDeps,
  input: { actor: Actor; currentPassword: string; newPassword: string; address: string },
): Promise<string> {
  const { actor } = input
  const sessionId = actor.sessionId
  if (actor.kind !== 'user' || sessionId === undefined) throw peopleOnly({})
  const attempt = await takeAttempt(deps, { name: actor.name, address: input.address })
  const found = await deps.users.credentials({ id: actor.id })
  if (!found || !(await passwordMatches(found.passwordHash, input.currentPassword)))
    throw currentPasswordWrong({ path: 'current_password' })
  await attempt.succeeded()
  await deps.users.update(actor.id, {
    passwordHash: await hashPassword(input.newPassword),
    tokensValidFrom: deps.clock(),
  })
  await endSessionsOf(deps, { userId: actor.id, except: sessionId })
  await deps.identities.forgetAccount(actor.id)
  return deps.tokens.issueAccess({ ...found.user, sessionId })
}

/** Removes sessions that are over and failures older than a day; called now and then. */
export async function forgetOldSignIns(
  deps: Pick<AuthDeps, 'sessions' | 'attempts' | 'clock'>,
): Promise<void> {
  const now = deps.clock()
  await deps.sessions.removeExpired(now)
  await deps.attempts.removeOlderThan(new Date(now.getTime() - 24 * 3600 * 1000))
}
