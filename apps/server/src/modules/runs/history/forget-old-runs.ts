import { platformActor } from '../../../lib/actor.ts'
import type { PastRunsRepository } from './past-runs.repository.ts'

const dayMs = 24 * 3600 * 1000

/** How long runs are kept. */
export type RunRetention = { days: number; perService: number }

/**
 * Deletes runs that nobody needs any more. Pinned runs and those that a link or a presentation shows (`except`) stay,
 * even if their service was deleted.
 */
export function forgetOldRuns(
  deps: { pastRuns: Pick<PastRunsRepository, 'deleteOld'> },
  input: { retention: RunRetention; except: readonly string[]; now: Date },
): Promise<number> {
  return deps.pastRuns.deleteOld({
    before: new Date(input.now.getTime() - input.retention.days * dayMs),
    perService: input.retention.perService,
    except: input.except,
    samplesOf: platformActor.id,
  })
}
