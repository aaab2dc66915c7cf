import type { Clock } from '../../lib/clock.ts'
import type { OpenStreams } from '../../lib/open-streams.ts'
import type { RevocationsRepository } from '../revocations/revocations.repository.ts'
import type { UsersRepository } from '../users/users.repository.ts'
import type { AttemptsRepository } from './attempts/attempts.repository.ts'
import type { AccountCache } from './credentials/account-cache.ts'
import type { SessionsRepository } from './sessions/sessions.repository.ts'
import type { Tokens } from './credentials/tokens.ts'

/** What the use cases of sign-in need. */
export type AuthDeps = {
  users: UsersRepository
  sessions: SessionsRepository
  attempts: AttemptsRepository
  accountCache: AccountCache
  tokens: Tokens
  clock: Clock
  streams: OpenStreams
  /** Tells the gateway the valid keys and the revoked logins. */
  publishKeys: () => Promise<void>
  revocations: RevocationsRepository
}
