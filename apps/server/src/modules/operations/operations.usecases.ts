import type { Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import type { Ceilings } from '../quotas/instance-limits.ts'
import type { RequireNetwork } from '../instances/network-access.ts'
import type { InstancesRepository } from '../instances/instances.repository.ts'
import type { FrontPortDeps } from '../gateway/change-front-port.ts'
import type { ServiceGroupsRepository } from '../service-groups/service-groups.repository.ts'
import type { ReadServicesDeps } from '../service-status/service-status.usecases.ts'
import { serviceNeverDeployed } from '../services/services.errors.ts'
import type { StoredService } from '../services/services.repository.ts'
import { loadOperable, loadOwned } from '../services/services.usecases.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import { deletionOf } from './delete.task.ts'
import { operateKind } from './operate.task.ts'

/** What changing services needs in addition to reading them. */
export type ChangeServicesDeps = ReadServicesDeps &
  FrontPortDeps & {
    instanceRows: Pick<InstancesRepository, 'list'>
    groups: ServiceGroupsRepository
    runner: TaskRunner
    /** Called when a service leaves or enters groups: what these grant is for other services then. */
    onGroupsChanged: (groupIds: readonly string[]) => Promise<void>
    /** The modes that this machine can run. */
    modes: ReadonlySet<StoredService['mode']>
    /** The most that an owner may state as limits of instances. */
    ceilings: Ceilings
    requireNetwork: RequireNetwork
    /** The gateway that serves now. Only the embedded one sees what is sent and answered. */
    gatewayKind: () => 'embedded' | 'nginx'
  }

const changing: ReadonlySet<TaskRecord['kind']> = new Set([
  'service.deploy',
  'service.rollback',
  'service.adjust',
  'service.canary',
])

/** Cancels the tasks that deploy or change a service. */
async function cancelChanges(
  deps: Pick<ChangeServicesDeps, 'tasks' | 'runner'>,
  serviceId: string,
): Promise<void> {
  for (const { task } of await deps.tasks.unfinished()) {
    if (task.service_id !== serviceId || !changing.has(task.kind)) continue
    await deps.runner.cancel(task.id).catch((error: unknown) => {
      // The task has ended in the meantime, which is the goal.
      if (!(error instanceof AppError && error.code === 'task.ended')) throw error
    })
  }
}

/**
 * Starts the task that starts, stops, restarts or deletes a service. A delete does not wait for a running
 * deploy or change but cancels it.
 */
export async function operateService(
  deps: Pick<ChangeServicesDeps, 'services' | 'runner' | 'tasks'>,
  input: { actor: Actor; id: string; action: 'start' | 'stop' | 'restart' | 'delete' },
): Promise<TaskRecord> {
  const load = input.action === 'delete' ? loadOwned : loadOperable
  const service = await load(deps, input)
  const needsRelease = input.action === 'start' || input.action === 'restart'
  if (needsRelease && service.currentRelease === null) throw serviceNeverDeployed({ service_id: service.id })
  const { id: serviceId } = service
  const asked =
    input.action === 'delete'
      ? deletionOf(service)
      : { kind: operateKind(input.action), serviceId, input: { service_id: serviceId } }
  const task = await deps.runner.start({ ...asked, createdBy: input.actor })
  // The delete is already in the queue, so no new deploy can come before it.
  if (input.action === 'delete') await cancelChanges(deps, service.id)
  return task
}
