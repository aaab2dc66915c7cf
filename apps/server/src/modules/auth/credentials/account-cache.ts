import type { Cache } from '../../../adapters/cache/cache.ts'
import type { Account, UsersRepository } from '../../users/users.repository.ts'
import type { Clock } from '../../../lib/clock.ts'

/**
 * How long accounts and sessions are cached. This bounds how long a process may use an old value if it missed the
 * message about a change, for example because Redis was down.
 */
const keptMs = 60_000

/**
 * Accounts and sessions for the check of every request. They are cached, and removed from the cache as soon
 * as they change.
 */
export type AccountCache = {
  account: (userId: string) => Promise<Account | null>
  /** Whether the session still exists and belongs to this person. */
  sessionIsOf: (sessionId: string, userId: string) => Promise<boolean>
  forgetAccount: (userId: string) => Promise<void>
  forgetSessions: (sessionIds: readonly string[]) => Promise<void>
}

export function createAccountCache(deps: {
  cache: Cache
  users: Pick<UsersRepository, 'account'>
  sessions: { find: (id: string, now: Date) => Promise<{ userId: string } | null> }
  clock: Clock
}): AccountCache {
  const accountKey = (id: string) => `account:${id}`
  const sessionKey = (id: string) => `session:${id}`
  return {
    account: (userId) => deps.cache.getOrSet(accountKey(userId), keptMs, () => deps.users.account(userId)),
    async sessionIsOf(sessionId, userId) {
      const owner = await deps.cache.getOrSet(
        sessionKey(sessionId),
        keptMs,
        async () => (await deps.sessions.find(sessionId, deps.clock()))?.userId ?? null,
      )
      return owner === userId
    },
    forgetAccount: (userId) => deps.cache.delete(accountKey(userId)),
    async forgetSessions(sessionIds) {
      await Promise.all(sessionIds.map((id) => deps.cache.delete(sessionKey(id))))
    },
  }
}
