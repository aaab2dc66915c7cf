import type { Actor } from '../../lib/actor.ts'
import { releaseNotFound } from '../releases/releases.errors.ts'
import { loadOwned } from '../services/services.usecases.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import { taskNotRetryable } from '../tasks/tasks.errors.ts'
import type { TasksRepository } from '../tasks/tasks.repository.ts'
import { getTask } from '../tasks/tasks.usecases.ts'
import { deployInput } from './deploy.types.ts'
import { requestedBy } from './plan-deploy.ts'
import { deployService, rollbackService, type DeployServiceDeps } from './deployments.usecases.ts'

/**
 * Repeats a failed or cancelled deploy or rollback with the same code and options. A repeated deploy becomes
 * the next release of its service. Throws `task.not_retryable` for any other task, and what {@link deployService} and
 * {@link rollbackService} throw.
 */
export async function retryTask(
  deps: DeployServiceDeps & { tasks: TasksRepository },
  { actor, id }: { actor: Actor; id: string },
): Promise<{ task: TaskRecord; serviceId: string }> {
  const { task, input } = await getTask(deps, { actor, id })
  const { kind, state } = task
  const isRetryable =
    (kind === 'service.deploy' || kind === 'service.rollback') &&
    (state === 'failed' || state === 'cancelled')
  if (!isRetryable) throw taskNotRetryable({ task_id: id, kind, state })
  const { service_id: serviceId, release: number } = deployInput.parse(input)
  const service = await loadOwned(deps, { actor, id: serviceId })
  if (kind === 'service.rollback')
    return { task: await rollbackService(deps, { actor, id: serviceId, release: number }), serviceId }
  const release = await deps.releases.get(serviceId, number)
  if (!release) throw releaseNotFound({ service_id: serviceId, release: number })
  const config = requestedBy(release.serviceChange)
  const again = {
    actor,
    algorithmId: service.algorithmId,
    serviceId,
    ref: release.commit,
    config,
    givesModels: true,
  }
  return { task: await deployService(deps, again), serviceId }
}
