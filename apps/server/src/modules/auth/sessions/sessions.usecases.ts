import { randomUUID } from 'node:crypto'
import { most, type User } from '@vitrine/contract'
import type { Clock } from '../../../lib/clock.ts'
import type { OpenStreams } from '../../../lib/open-streams.ts'
import type { PersonNow, UsersRepository } from '../../users/users.repository.ts'
import { sessionEnded } from '../auth.errors.ts'
import type { AccountCache } from '../credentials/account-cache.ts'
import { randomSecret, sameHash, sha256 } from '../../../lib/secrets.ts'
import type { SessionPlace, SessionsRepository } from './sessions.repository.ts'
import { sessionSeconds, type Tokens } from '../credentials/tokens.ts'

/**
 * Two tabs that wake up together send the same refresh token within this time. The later one gets an access
 * token but no new refresh token, because both tabs share the browser's cookie, which the first one has
 * already renewed. If the same token comes back later and its successor was never used, the answer with the
 * successor was lost. This happens when a page is loaded again before the answer arrives.
 */
const refreshGraceMs = 10_000

/** What the use cases of sessions need. */
export type SessionDeps = {
  users: Pick<UsersRepository, 'person' | 'update'>
  sessions: SessionsRepository
  accountCache: Pick<AccountCache, 'forgetSessions'>
  tokens: Pick<Tokens, 'issueAccess'>
  clock: Clock
  streams: Pick<OpenStreams, 'endOf'>
  /** Tells the gateway the valid keys and the revoked logins. */
  publishKeys: () => Promise<void>
}

/** What ending sessions needs. */
type EndingDeps = Pick<SessionDeps, 'sessions' | 'accountCache' | 'streams' | 'clock'>

/** A signed-in person. `refreshToken` is null if the browser already has a newer one. */
export type SignedInSession = { user: User; accessToken: string; refreshToken: string | null }

const expiry = (now: Date) => new Date(now.getTime() + sessionSeconds * 1000)

/**
 * Starts a session for a person whose identity has been proven. A refresh token is `<session id>.<secret>`. If the person has too many
 * sessions then, those end that were not used for longest. Throws
 * `auth.session_ended` if the account has changed since the proof, because a new password ends only the sessions that
 * exist at that moment, and this one may begin later.
 */
export async function startSession(
  deps: SessionDeps,
  input: { person: PersonNow; place: SessionPlace },
): Promise<SignedInSession> {
  const now = deps.clock()
  const id = randomUUID()
  const refreshToken = `${id}.${randomSecret()}`
  await deps.sessions.start({
    id,
    userId: input.person.user.id,
    refreshHash: sha256(refreshToken),
    place: input.place,
    now,
    expiresAt: expiry(now),
  })
  await deps.users.update(input.person.user.id, { lastLoginAt: now })
  const person = await deps.users.person(input.person.user.id)
  if (person?.generation !== input.person.generation) {
    await endSession(deps, { id })
    throw sessionEnded({})
  }
  await endOldest(deps, { userId: person.user.id, except: id })
  const accessToken = await deps.tokens.issueAccess({ ...person, sessionId: id })
  return { user: person.user, accessToken, refreshToken }
}

/** Ends the oldest sessions of a person who has too many. The list of revoked logins is sent only if there were any. */
async function endOldest(
  deps: SessionDeps,
  { userId, except }: { userId: string; except: string },
): Promise<void> {
  const ended = await deps.sessions.endOldestOf(userId, { most: most.sessions, except }, deps.clock())
  if (ended.length === 0) return
  await forgetEnded(deps, ended)
  await deps.publishKeys()
}

/**
 * Issues a new access token and replaces the refresh token. Ends the session if the given token is older than one that
 * has already been used, or if its secret is made up, because somebody else may have stolen it. Throws
 * `auth.session_ended`.
 */
export async function refreshSession(
  deps: SessionDeps,
  input: { refreshToken: string; place: SessionPlace },
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
    place: input.place,
    now,
    lostSince: new Date(now.getTime() - refreshGraceMs),
    expiresAt: expiry(now),
  })
  const session = rotated ?? (await deps.sessions.find(id, now))
  if (!session) throw sessionEnded({})
  const inGrace =
    session.previousHash !== null &&
    sameHash(session.previousHash, currentHash) &&
    now.getTime() - session.refreshedAt.getTime() <= refreshGraceMs
  const person = await deps.users.person(session.userId)
  if ((!rotated && !inGrace) || !person || person.user.disabled) {
    await endSession(deps, { id })
    throw sessionEnded({})
  }
  const accessToken = await deps.tokens.issueAccess({ ...person, sessionId: id })
  return { user: person.user, accessToken, refreshToken: rotated ? next : null }
}

/** The id of the session in a refresh token, whether or not the token is valid. Null if it is not a refresh token. */
function sessionIdOf(refreshToken: string): string | null {
  return /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[\w-]{43}$/.exec(refreshToken)?.[1] ?? null
}

/** Ends one session at once, with its access tokens and event streams. */
export async function endSession(
  deps: EndingDeps & Pick<SessionDeps, 'publishKeys'>,
  input: { id: string },
): Promise<void> {
  await deps.sessions.end(input.id, deps.clock())
  await forgetEnded(deps, [input.id])
  await deps.publishKeys()
}

/** Ends the session of a refresh token. A made-up token ends no session. */
export async function endSessionOf(
  deps: EndingDeps & Pick<SessionDeps, 'publishKeys'>,
  input: { refreshToken: string },
): Promise<void> {
  const id = sessionIdOf(input.refreshToken)
  if (id !== null && (await deps.sessions.isOf(id, sha256(input.refreshToken))))
    await endSession(deps, { id })
}

/** Ends all sessions of a person except one, at once. The caller must publish the revoked logins. */
export async function endSessionsOf(
  deps: EndingDeps,
  input: { userId: string; except: string | null },
): Promise<void> {
  await forgetEnded(deps, await deps.sessions.endAllOf(input.userId, input.except, deps.clock()))
}

/**
 * Ends all sessions of a person except one, after a change that has ended the earlier access tokens. Resolves with a
 * new access token for that session. Throws `auth.session_ended`.
 */
export async function keepOnlySession(
  deps: Omit<SessionDeps, 'accountCache'> & {
    accountCache: Pick<AccountCache, 'forgetSessions' | 'forgetAccount'>
  },
  { userId, sessionId }: { userId: string; sessionId: string },
): Promise<string> {
  await endSessionsOf(deps, { userId, except: sessionId })
  await deps.accountCache.forgetAccount(userId)
  await deps.publishKeys()
  const person = await deps.users.person(userId)
  if (!person) throw sessionEnded({})
  return deps.tokens.issueAccess({ ...person, sessionId })
}

/**
 * Clears the cache first and ends the streams then. A stream that opens in between is checked again after it was
 * registered.
 */
async function forgetEnded(
  deps: Pick<EndingDeps, 'accountCache' | 'streams'>,
  ids: readonly string[],
): Promise<void> {
  await deps.accountCache.forgetSessions(ids)
  for (const id of ids) deps.streams.endOf(`session:${id}`)
}
