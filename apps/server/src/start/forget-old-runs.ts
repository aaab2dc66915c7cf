import { systemClock } from '../lib/clock.ts'
import { forgetOldRuns } from '../modules/runs/history/forget-old-runs.ts'
import type { Modules } from './modules.ts'

/** Deletes old runs by the present settings `runs.keep_days` and `runs.keep_per_service`. */
export async function forgetOldRunsOf({ current, repositories, shares }: Modules): Promise<number> {
  const now = systemClock()
  const days = current.number('runs.keep_days')
  const perService = current.number('runs.keep_per_service')
  return forgetOldRuns(repositories, {
    retention: { days, perService },
    except: [...(await shares.past.shares.shownRuns(now)), ...(await repositories.presentations.shownRuns())],
    now,
  })
}
