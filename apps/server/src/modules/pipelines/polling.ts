import pLimit from 'p-limit'
import { isToldByHook } from './webhook-registration.ts'
import { checkBranch } from './check-branch.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'

/** Branches that are looked at simultaneously. */
const atOnce = 4
/** One round in so many looks at all branches: a webhook may have been lost. */
export const roundsForAll = 10

/**
 * Looks for pushes to code in Gitea that no webhook reports, and for what promotions have missed. The first round looks at all, because a push may have come while
 * nobody listened, and so does each tenth.
 */
export function createPolling(deps: PipelinesDeps): () => Promise<void> {
  let number = 0
  return async () => {
    const rules = await deps.rules.asked()
    const inPlace = pLimit(atOnce)
    const isForAll = number % roundsForAll === 0
    number += 1
    const wanted = rules.filter((rule) => isForAll || !isToldByHook(rule))
    await Promise.all(
      wanted.map(({ serviceId }) =>
        inPlace(() => checkBranch(deps, serviceId, 'polling').catch((error: unknown) => deps.onError(error))),
      ),
    )
  }
}
