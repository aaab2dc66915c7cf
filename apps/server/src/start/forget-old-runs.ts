import { z } from 'zod'
import { systemClock } from '../lib/clock.ts'
import { forgetOldRuns } from '../modules/runs/runs.usecases.ts'
import type { Modules } from './modules.ts'

const defaults = { days: 90, perService: 1000 }
const positive = z.number().int().min(1)

/** Deletes old runs by the present settings `runs.keep_days` and `runs.keep_per_service`. */
export async function forgetOldRunsOf({ configs, repositories, shares }: Modules): Promise<number> {
  const now = systemClock()
  const [days, perService] = [await configs.get('runs.keep_days'), await configs.get('runs.keep_per_service')]
  return forgetOldRuns(repositories, {
    retention: {
      days: positive.catch(defaults.days).parse(days),
      perService: positive.catch(defaults.perService).parse(perService),
    },
    except: [...(await shares.past.shares.shownRuns(now)), ...(await repositories.presentations.shownRuns())],
    now,
  })
}
