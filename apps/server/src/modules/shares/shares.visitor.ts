import { permissionsOf } from '@vitrine/contract'
import { clientNetwork } from '@vitrine/contract/client-network'
import type { Clock } from '../../lib/clock.ts'
import type { AttemptsRepository } from '../auth/attempts/attempts.repository.ts'
import { countAttempt } from '../auth/attempts/attempt-limit.ts'
import { sha256 } from '../../lib/secrets.ts'
import type { RunsRepository } from '../runs/runs.repository.ts'
import { passwordMatches } from '../users/users.password-hash.ts'
import type { UsersRepository } from '../users/users.repository.ts'
import {
  shareExpired,
  shareLocked,
  shareLookOnly,
  shareNotFound,
  sharePasswordWrong,
  shareRevoked,
  shareTooMany,
  shareUsedUp,
} from './shares.errors.ts'
import type { SharesRepository, StoredShare } from './shares.repository.ts'
import { runsLeft, shareState } from './shares.state.ts'
import type { StoredVisitor } from './shares.visitors.repository.ts'
import { createVisitor, ownSecretHash } from './shares.visits.ts'

/** What visitors may do. Read at each request, so that a changed value counts at once. */
export type VisitorLimits = {
  /** Most runs, and most uploads, that one address may start at one link in a minute. */
  readonly requestsPerMinute: number
  readonly uploadBytes: number
  /** Most files that all visitors of a link together may have stored. */
  readonly uploadsPerLink: number
  /** How long a visitor and what they uploaded are kept, in seconds. */
  readonly keepSeconds: number
}

/** What letting visitors in needs. */
export type OpenSharesDeps = {
  shares: SharesRepository
  runs: Pick<RunsRepository, 'countOf'>
  attempts: AttemptsRepository
  users: Pick<UsersRepository, 'account'>
  clock: Clock
  limits: VisitorLimits
}

/** A link that is open to its visitor, and the visitor if they are known. */
export type OpenedShare = {
  share: StoredShare
  visitor: StoredVisitor | null
  /** The secret that the visitor’s page has made. Null if a cookie says who they are. */
  own: string | null
}

/**
 * The credentials of a visitor: the token in the address, and the secret in their cookie, or the one that their page has made
 * itself (`own`).
 */
export type VisitorCredentials = { token: string; secret: string | undefined; own: string | null }

/** The valid link with this token: its maker may still make links, and it is neither revoked nor expired. */
async function goodShare(deps: OpenSharesDeps, token: string): Promise<StoredShare> {
  const share = await deps.shares.byTokenHash(sha256(token))
  if (!share) throw shareNotFound({})
  const state = shareState(share, deps.clock())
  const maker = await deps.users.account(share.createdById)
  const mayShare = maker && !maker.disabled && permissionsOf(maker).has('shares.write')
  if (state === 'revoked' || !mayShare) throw shareRevoked({})
  if (state === 'expired') throw shareExpired({})
  return share
}

const secretHashOf = (share: StoredShare, { secret, own }: VisitorCredentials): string | null => {
  if (own !== null) return ownSecretHash(share, own)
  return secret === undefined ? null : sha256(secret)
}

/**
 * Opens a link for a visitor. If it cannot be opened, only the code of the error says why. A link without runs
 * left still opens for visitors who made some of them.
 */
export async function openShare(deps: OpenSharesDeps, credentials: VisitorCredentials): Promise<OpenedShare> {
  const share = await goodShare(deps, credentials.token)
  const now = deps.clock()
  const after = new Date(now.getTime() - deps.limits.keepSeconds * 1000)
  const secretHash = secretHashOf(share, credentials)
  const known =
    secretHash === null ? null : await deps.shares.visitor({ shareId: share.id, secretHash, after })
  // A password that was changed since shuts out those who came with the one before.
  const visitor = share.passwordHash === null || known?.passwordHash === share.passwordHash ? known : null
  if (share.passwordHash !== null && !visitor) throw shareLocked({})
  if (shareState(share, now) === 'used_up' && !(visitor && (await deps.runs.countOf(visitor.id)) > 0))
    throw shareUsedUp({})
  return { share, visitor, own: credentials.own }
}

/**
 * Opens a link for a visitor who runs it or uploads for a run. Throws `share.look_only` for a link that allows no runs, and
 * `share.used_up` if all its runs are used.
 */
export async function openRunnable(
  deps: OpenSharesDeps,
  credentials: VisitorCredentials,
): Promise<OpenedShare> {
  const opened = await openShare(deps, credentials)
  const { share } = opened
  const maker = await deps.users.account(share.createdById)
  const mayRun = share.mayRun && maker !== null && permissionsOf(maker).has('runs.create')
  if (share.kind !== 'stage' || !mayRun) throw shareLookOnly({})
  if (runsLeft(share) === 0) throw shareUsedUp({})
  return opened
}

/**
 * Counts an attempt for the address, for the address at this link, and for the link, before the password is
 * checked.
 */
async function takeAttempt(deps: OpenSharesDeps, share: StoredShare, address: string) {
  const network = clientNetwork(address)
  const subjects = [
    { kind: 'address', value: network },
    { kind: 'visitor', value: `${share.id} from ${network}` },
    { kind: 'share', value: share.id },
  ] as const
  await countAttempt(deps, subjects, shareTooMany)
  return async () => {
    for (const subject of subjects) await deps.attempts.refund(subject)
  }
}

/**
 * Opens a link with its password. The secret is for a cookie of this link only. Null if the link has no
 * password, or if the page has made a secret itself. Throws `share.wrong_password`, `share.too_many_requests`.
 */
export async function unlockShare(
  deps: OpenSharesDeps,
  input: {
    credentials: VisitorCredentials
    password: string
    address: string
    /** Gets the id of the link if the password is wrong. The answer waits for it. */
    onWrong: (shareId: string) => Promise<void>
  },
): Promise<string | null> {
  const share = await goodShare(deps, input.credentials.token)
  if (share.passwordHash === null) return null
  const succeeded = await takeAttempt(deps, share, input.address)
  if (!(await passwordMatches(share.passwordHash, input.password, clientNetwork(input.address)))) {
    await input.onWrong(share.id)
    throw sharePasswordWrong({})
  }
  await succeeded()
  return (await createVisitor(deps, { share, own: input.credentials.own })).secret
}
