import type { StoredService } from '../services/services.repository.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import { beginRemoval, removalOf } from './preview-removal.ts'
import { allowedBy, turnOf } from './previews.ts'

/** A preview that nobody has pushed to, called or run for so long is removed. In milliseconds. */
const unusedMs = 14 * 24 * 3600 * 1000

/** When a preview was last pushed to, called or run, in milliseconds since 1970. */
async function lastUseOf(deps: PipelinesDeps, { id, createdAt }: StoredService): Promise<number> {
  const uses = await deps.lastUses([id])
  const filter = { serviceId: id, q: '', within: null }
  const [newest] = (await deps.pipelines.list(filter, { limit: 1, offset: 0 })).items
  return Math.max(...[createdAt, newest?.createdAt, uses.get(id)].map((at) => at?.getTime() ?? 0))
}

/** Whether the service of a preview allows none, or does not exist any more. */
const isDisallowed = async ({ rules }: PipelinesDeps, { previewOf }: StoredService): Promise<boolean> =>
  previewOf === null || allowedBy(await rules.get(previewOf)) === 0

async function removeIfUnused(deps: PipelinesDeps, preview: StoredService): Promise<void> {
  const removal = await removalOf(deps, preview)
  if (removal === 'in_progress') return
  const isWanted =
    removal === 'not_begun' &&
    !(await isDisallowed(deps, preview)) &&
    (await lastUseOf(deps, preview)) >= deps.clock().getTime() - unusedMs
  if (!isWanted) await beginRemoval(deps, preview)
}

/** Removes the previews that nobody uses any more, and those of services that are gone or allow none. A removal that failed is tried again. */
export async function removeUnusedPreviews(deps: PipelinesDeps): Promise<void> {
  const { services } = deps
  for (const { id, previewOf } of await services.previews()) {
    if (previewOf === null) continue
    // Read again in the turn: a push may have come since, which uses it.
    await deps.queue.run(turnOf(previewOf), async () => {
      const preview = await services.get(id)
      if (preview?.previewOf === previewOf) await removeIfUnused(deps, preview)
    })
  }
}
