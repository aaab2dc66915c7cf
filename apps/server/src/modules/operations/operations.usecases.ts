import type { Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import type { InstancesRepository } from '../instances/instances.repository.ts'
import type { FrontPortDeps } from '../gateway/front-port.ts'
import type { ServiceGroupsRepository } from '../service-groups/service-groups.repository.ts'
import type { ReadServicesDeps } from '../service-status/service-status.usecases.ts'
import { serviceNeverDeployed } from '../services/services.errors.ts'
import type { StoredService } from '../services/services.repository.ts'
import { loadOperable } from '../services/services.usecases.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import { operateKind } from './operate.task.ts'

/** What changing services needs beside reading them. */
export type ChangeServicesDeps = ReadServicesDeps &
  FrontPortDeps & {
    instanceRows: Pick<InstancesRepository, 'list'>
    groups: ServiceGroupsRepository
    runner: TaskRunner
    /** What this machine can run instances with. */
    modes: ReadonlySet<StoredService['mode']>
  }

const changing: ReadonlySet<TaskRecord['kind']> = new Set([
  'service.deploy',
  'service.rollback',
  'service.adjust',
])

/** Asks what deploys or changes a service to end. */
async function cancelChanges(
  deps: Pick<ChangeServicesDeps, 'tasks' | 'runner'>,
  serviceId: string,
): Promise<void> {
  for (const { task } of await deps.tasks.unfinished()) {
    if (task.service_id !== serviceId || !changing.has(task.kind)) continue
    await deps.runner.cancel(task.id).catch((error: unknown) => {
      // It has ended meanwhile, which is all that is wanted.
      if (!(error instanceof AppError && error.code === 'task.ended')) throw error
    })
  }
}

/** Begins to start, stop, restart or delete a service. A delete does not wait for a deploy or a change under way: it cancels that. */
export async function operateService(
  deps: Pick<ChangeServicesDeps, 'services' | 'runner' | 'tasks'>,
  input: { actor: Actor; id: string; action: 'start' | 'stop' | 'restart' | 'delete' },
): Promise<TaskRecord> {
  const service = await loadOperable(deps, input)
  const needsRelease = input.action === 'start' || input.action === 'restart'
  if (needsRelease && service.currentRelease === null) throw serviceNeverDeployed({ service_id: service.id })
  const task = await deps.runner.start({
    kind: operateKind(input.action),
    serviceId: service.id,
    input: { service_id: service.id },
    createdBy: input.actor,
  })
  // Its turn is taken by now, so that no deploy can come between.
  if (input.action === 'delete') await cancelChanges(deps, service.id)
  return task
}
