import type { Share } from '@vitrine/contract'
import type { StoredShare } from './shares.repository.ts'

type Facts = Pick<StoredShare, 'revokedAt' | 'expiresAt' | 'mayRun' | 'maxRuns' | 'runsUsed'>

/** The number of runs left. Null if there is no limit. */
export const runsLeft = (share: Facts): number | null =>
  share.maxRuns === null ? null : Math.max(0, share.maxRuns - share.runsUsed)

/** Whether a link is valid, or why not. Pure. */
export function shareState(share: Facts, now: Date): Share['state'] {
  if (share.revokedAt !== null) return 'revoked'
  if (share.expiresAt !== null && share.expiresAt.getTime() <= now.getTime()) return 'expired'
  return share.mayRun && runsLeft(share) === 0 ? 'used_up' : 'active'
}
