import { z } from 'zod'
import { systemClock } from '../lib/clock.ts'
import { currentValue } from '../modules/configs/configs.usecases.ts'
import { forgetOldRuns } from '../modules/runs/runs.usecases.ts'
import type { Modules } from './modules.ts'

const count = z.number().int().min(1)

/** Deletes old runs by the present settings `runs.keep_days` and `runs.keep_per_service`. */
export async function forgetOldRunsOf({ configuration, repositories, shares }: Modules): Promise<number> {
  const now = systemClock()
  const days = count.parse(await currentValue(configuration, 'runs.keep_days'))
  const perService = count.parse(await currentValue(configuration, 'runs.keep_per_service'))
  return forgetOldRuns(repositories, {
    retention: { days, perService },
    except: [...(await shares.past.shares.shownRuns(now)), ...(await repositories.presentations.shownRuns())],
    now,
  })
}
