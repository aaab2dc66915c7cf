import pLimit from 'p-limit'
import { isToldByHook } from './hook.ts'
import { lookAt } from './look.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'

/** Branches that are looked at simultaneously. */
const atOnce = 4

/**
 * What looks for pushes to code in Gitea that no webhook tells of. The first round looks at all: a push may have come while nobody
 * listened. A round that comes while another runs does nothing.
 */
export function createPolling(deps: PipelinesDeps): () => Promise<void> {
  let isFirst = true
  let isRunning = false
  async function round(): Promise<void> {
    const rules = await deps.rules.enabled()
    const inPlace = pLimit(atOnce)
    const wanted = rules.filter((rule) => isFirst || !isToldByHook(rule))
    isFirst = false
    await Promise.all(
      wanted.map(({ serviceId }) =>
        inPlace(() => lookAt(deps, serviceId, 'polling').catch((error: unknown) => deps.onError(error))),
      ),
    )
  }
  return async () => {
    if (isRunning) return
    isRunning = true
    try {
      await round()
    } finally {
      isRunning = false
    }
  }
}
