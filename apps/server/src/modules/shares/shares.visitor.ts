import { rolePermissions } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import type { AttemptsRepository } from '../auth/auth.attempts.ts'
import { networkOf } from '../auth/auth.attempts.state.ts'
import { randomSecret, sha256 } from '../../lib/secrets.ts'
import type { RunsRepository } from '../runs/runs.repository.ts'
import { passwordMatches } from '../users/users.passwords.ts'
import type { Account } from '../users/users.repository.ts'
import {
  shareExpired,
  shareLocked,
  shareNotFound,
  sharePasswordWrong,
  shareRevoked,
  shareTooMany,
  shareUsedUp,
} from './shares.errors.ts'
import type { SharesRepository, StoredShare, StoredVisitor } from './shares.repository.ts'
import { shareState } from './shares.state.ts'

/** What letting visitors in needs. */
export type OpenSharesDeps = {
  shares: SharesRepository
  runs: Pick<RunsRepository, 'countOf'>
  attempts: AttemptsRepository
  /** The maker as they are now; null when there is no such person any more. */
  accountOf: (userId: string) => Promise<Account | null>
  clock: Clock
}

/** A link that lets its visitor in, and who they are where they have come before. */
export type OpenedShare = { share: StoredShare; visitor: StoredVisitor | null }

/** How a visitor asks: by the token of the address, and the secret of their cookie for it. */
export type Knock = { token: string; secret: string | undefined }

const dayMs = 24 * 3600 * 1000
/** How long a visitor is known, and what they gave is kept, in seconds. */
export const visitorSeconds = 7 * 24 * 3600
const visitorMs = 7 * dayMs

/** A visitor as the asker of the use cases of runs and media: they own what they made, and may do nothing else. */
export const visitorActor = (share: StoredShare, visitor: StoredVisitor): Actor => ({
  kind: 'visitor',
  id: visitor.id,
  name: `visitor of link ${share.id.slice(0, 8)}`,
  role: 'viewer',
  permissions: new Set(),
  serviceIds: share.kind === 'stage' ? [share.targetId] : [],
})

/** The link of a token while it is good: the maker may still make links, it is not revoked and not expired. */
async function goodShare(deps: OpenSharesDeps, token: string): Promise<StoredShare> {
  const share = await deps.shares.byTokenHash(sha256(token))
  if (!share) throw shareNotFound({})
  const state = shareState(share, deps.clock())
  const maker = await deps.accountOf(share.createdById)
  const mayShare = maker && !maker.disabled && rolePermissions[maker.role].has('shares.write')
  if (state === 'revoked' || !mayShare) throw shareRevoked({})
  if (state === 'expired') throw shareExpired({})
  return share
}

/** Lets a visitor in, or says by code alone why not. One whose runs are used up still opens for who made some of them. */
export async function openShare(deps: OpenSharesDeps, knock: Knock): Promise<OpenedShare> {
  const share = await goodShare(deps, knock.token)
  const now = deps.clock()
  const after = new Date(now.getTime() - visitorMs)
  const secretHash = knock.secret === undefined ? null : sha256(knock.secret)
  const visitor =
    secretHash === null ? null : await deps.shares.visitor({ shareId: share.id, secretHash, after })
  if (share.passwordHash !== null && !visitor) throw shareLocked({})
  if (shareState(share, now) === 'used_up' && !(visitor && (await deps.runs.countOf(visitor.id)) > 0))
    throw shareUsedUp({})
  return { share, visitor }
}

/** Makes a visitor known; the secret is for their cookie. */
export async function welcome(
  deps: Pick<OpenSharesDeps, 'shares' | 'clock'>,
  share: StoredShare,
): Promise<{ visitor: StoredVisitor; secret: string }> {
  const secret = randomSecret()
  const row = { shareId: share.id, secretHash: sha256(secret), createdAt: deps.clock() }
  return { visitor: await deps.shares.addVisitor(row), secret }
}

/** Counts an attempt against the address, the address at this link, and the link; all at once, before the password is looked at. */
async function takeAttempt(deps: OpenSharesDeps, share: StoredShare, address: string) {
  const now = deps.clock()
  const network = networkOf(address)
  const subjects = [
    { kind: 'address', value: network },
    { kind: 'name', value: `share:${share.id}:${network}` },
    { kind: 'share', value: share.id },
  ] as const
  const taken: (typeof subjects)[number][] = []
  for (const subject of subjects) {
    const waitMs = await deps.attempts.take(subject, now)
    if (waitMs > 0) {
      for (const before of taken) await deps.attempts.giveBack(before)
      throw shareTooMany({ retry_after_s: Math.ceil(waitMs / 1000) })
    }
    taken.push(subject)
  }
  return async () => {
    for (const subject of taken) await deps.attempts.giveBack(subject)
  }
}

/**
 * Opens a link by its password; the secret is for a cookie of this link alone. Null where it needs none. Throws
 * `share.wrong_password`, `share.too_many_requests`.
 */
export async function unlockShare(
  deps: OpenSharesDeps,
  input: { token: string; password: string; address: string },
): Promise<string | null> {
  const share = await goodShare(deps, input.token)
  if (share.passwordHash === null) return null
  const succeeded = await takeAttempt(deps, share, input.address)
  if (!(await passwordMatches(share.passwordHash, input.password))) throw sharePasswordWrong({})
  await succeeded()
  return (await welcome(deps, share)).secret
}
