import type { Clock } from '../../lib/clock.ts'
import type { PastRunsRepository } from '../runs/past-runs.repository.ts'
import type { SharesRepository } from './shares.repository.ts'
import { visitorSeconds } from './shares.visitor.ts'

/** What forgetting visitors needs. */
export type PastVisitorsDeps = {
  shares: SharesRepository
  pastRuns: Pick<PastRunsRepository, 'deleteOf'>
  /** Deletes a media file with its bytes. It is no error if the file is already gone. */
  forgetAsset: (id: string) => Promise<void>
  clock: Clock
}

/** Deletes visitors who came more than a week ago or whose link has ended, with their uploads and runs. */
export async function forgetPastVisitors(deps: PastVisitorsDeps): Promise<number> {
  const now = deps.clock()
  const ids = await deps.shares.pastVisitors(new Date(now.getTime() - visitorSeconds * 1000), now)
  if (ids.length === 0) return 0
  for (const assetId of await deps.shares.assetsOf(ids)) await deps.forgetAsset(assetId)
  await deps.pastRuns.deleteOf(ids)
  await deps.shares.removeVisitors(ids)
  return ids.length
}
