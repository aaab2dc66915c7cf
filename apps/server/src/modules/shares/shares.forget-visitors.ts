import type { PastRunsRepository } from '../runs/history/past-runs.repository.ts'
import type { VisitSharesDeps } from './shares.runs.ts'

/** What forgetting visitors needs. */
export type PastVisitorsDeps = Pick<VisitSharesDeps, 'shares' | 'forgetAsset' | 'clock' | 'limits'> & {
  pastRuns: Pick<PastRunsRepository, 'deleteOf'>
}

/** How many visitors go at once: each is a parameter of a statement, of which PostgreSQL takes at most 65,535. */
const atOnce = 1_000

/**
 * Deletes visitors who came too long ago or whose link has ended, with their uploads and runs. Those with an
 * active run stay until it has ended, because it may still read their uploads. Resolves with how many were deleted.
 */
export async function forgetPastVisitors(deps: PastVisitorsDeps): Promise<number> {
  const now = deps.clock()
  const before = new Date(now.getTime() - deps.limits.keepSeconds * 1000)
  for (let forgotten = 0; ;) {
    const ids = await deps.shares.pastVisitors({ before, now, most: atOnce })
    if (ids.length === 0) return forgotten
    for (const assetId of await deps.shares.assetsOf(ids)) await deps.forgetAsset(assetId)
    await deps.pastRuns.deleteOf(ids)
    await deps.shares.removeVisitors(ids)
    forgotten += ids.length
  }
}
