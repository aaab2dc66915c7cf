import { platformActor } from '../../lib/actor.ts'
import { deletes, deletionOf } from '../operations/delete.task.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import { cancelAll } from './queue.ts'

/** How far the removal of a preview has come: not begun, a task deletes the preview, or that task has failed. */
type Removal = 'not_begun' | 'in_progress' | 'failed'

/**
 * How far the removal of a preview has come. Only a removal turns the rule of the preview off. So a preview whose
 * rule is off, and that no task deletes, is left from a removal that failed.
 */
export async function removalOf(
  { tasks, rules }: Pick<PipelinesDeps, 'tasks' | 'rules'>,
  preview: StoredService,
): Promise<Removal> {
  if ((await tasks.unfinished()).some((each) => deletes(each, preview))) return 'in_progress'
  return (await rules.get(preview.id))?.enabled === false ? 'failed' : 'not_begun'
}

/**
 * Begins to remove a preview. It waits for nothing: what deploys is cancelled. Called in the turn of the previews of its service, for
 * a preview that is not being removed.
 */
export async function beginRemoval(deps: PipelinesDeps, preview: StoredService): Promise<void> {
  // Before the rule is turned off: if the platform ends in between, the deletion goes on when it starts.
  await deps.runner.start({ ...deletionOf(preview), createdBy: platformActor })
  await deps.rules.change(preview.id, { enabled: false })
  await cancelAll(deps, preview.id)
}

/** Removes a preview, unless that was begun before. A removal that failed is tried again with the unused previews alone. */
export async function removePreview(deps: PipelinesDeps, preview: StoredService): Promise<void> {
  if ((await removalOf(deps, preview)) === 'not_begun') await beginRemoval(deps, preview)
}
