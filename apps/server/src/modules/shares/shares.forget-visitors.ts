import type { PastRunsRepository } from '../runs/history/past-runs.repository.ts'
import type { VisitSharesDeps } from './shares.runs.ts'

/** What forgetting visitors needs. */
export type PastVisitorsDeps = Pick<VisitSharesDeps, 'shares' | 'forgetAsset' | 'clock' | 'limits'> & {
  pastRuns: Pick<PastRunsRepository, 'deleteOf'>
}

/**
 * Deletes visitors who came too long ago or whose link has ended, with their uploads and runs. Those with an
 * active run stay until it has ended, because it may still read their uploads.
 */
export async function forgetPastVisitors(deps: PastVisitorsDeps): Promise<number> {
  const now = deps.clock()
  const ids = await deps.shares.pastVisitors(new Date(now.getTime() - deps.limits.keepSeconds * 1000), now)
  if (ids.length === 0) return 0
  for (const assetId of await deps.shares.assetsOf(ids)) await deps.forgetAsset(assetId)
  await deps.pastRuns.deleteOf(ids)
  await deps.shares.removeVisitors(ids)
  return ids.length
}
