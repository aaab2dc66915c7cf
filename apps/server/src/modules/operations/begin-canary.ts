import { taskSteps } from '@vitrine/contract'
import type { InTransaction } from '../../adapters/database/database.ts'
import type { ConfigCanariesRepository } from '../configs/canaries/canaries.repository.ts'
import type { AskedCanary } from '../configs/configs.deps.ts'
import { configCanaryRuns } from '../configs/configs.errors.ts'
import type { ConfigsRepository } from '../configs/configs.repository.ts'
import { serviceNotFound } from '../services/services.errors.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import type { TasksRepository } from '../tasks/tasks.repository.ts'
import type { CanaryInput } from './canary.task.ts'

/** What beginning a canary needs. */
export type BeginCanaryDeps = {
  inTransaction: InTransaction<{
    configs: Pick<ConfigsRepository, 'lock'>
    canaries: Pick<ConfigCanariesRepository, 'insert'>
    services: Pick<ServicesRepository, 'lock'>
    tasks: Pick<TasksRepository, 'unfinishedOn' | 'insert'>
  }>
  runner: Pick<TaskRunner, 'begin'>
}

/**
 * Stores what a canary tries with its task, in one transaction, and begins the task. A service tries one change at a time: throws
 * `config.canary_runs` with the task of another one. Throws `config.full`.
 */
export async function beginCanary(
  { inTransaction, runner }: BeginCanaryDeps,
  { actor, serviceId, reason, values, published, seal }: AskedCanary,
): Promise<TaskRecord> {
  const stored = await inTransaction(async ({ configs, canaries, services, tasks }) => {
    await configs.lock()
    // Of two requests at once, the second waits here, and then finds the task of the first.
    if (!(await services.lock(serviceId))) throw serviceNotFound({ service_id: serviceId })
    const other = await tasks.unfinishedOn('service.canary', serviceId)
    if (other)
      throw configCanaryRuns({
        service_id: serviceId,
        task_id: other.task.id,
        author: other.task.created_by,
      })
    const number = await canaries.insert({ serviceId, values, seal })
    const author = { id: actor.id, name: actor.name }
    const input: CanaryInput = { service_id: serviceId, number, author, reason, published: [...published] }
    return tasks.insert({
      kind: 'service.canary',
      serviceId,
      input,
      createdBy: actor,
      steps: taskSteps['service.canary'],
    })
  })
  return runner.begin(stored)
}
