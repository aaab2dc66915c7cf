import type { BatchAction, BatchRequest } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { getGroup } from '../service-groups/service-groups.usecases.ts'
import type { ServiceGroupsRepository } from '../service-groups/service-groups.repository.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import { nothingToDo } from './batch.errors.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { mayOperate } from '../services/services.usecases.ts'

type Deps = {
  services: ServicesRepository
  groups: ServiceGroupsRepository
  runner: Pick<TaskRunner, 'start'>
}

/**
 * Whether a service that nobody named takes part in work on a group or on all: what is stopped is not restarted, and what
 * has never served has nothing to start. Pure.
 */
function takesPart(action: BatchAction, service: StoredService): boolean {
  const { desired, asleep, currentRelease } = service
  if (action === 'deploy') return true
  if (currentRelease === null) return false
  if (action === 'start') return desired === 'stopped' || asleep
  return desired === 'running' && (action === 'stop' || !asleep)
}

/** The services that a request means; those that were named stay in, so that each gets its result. */
async function chosen(deps: Deps, input: { actor: Actor; request: BatchRequest }): Promise<string[]> {
  const { actor, request } = input
  if ('service_ids' in request) return [...new Set(request.service_ids)]
  const groupId = 'group_id' in request ? (await getGroup(deps, request.group_id)).id : null
  const services = await deps.services.all()
  return services
    .filter((service) => groupId === null || service.groupId === groupId)
    .filter((service) => mayOperate(actor, service) && takesPart(request.action, service))
    .map((service) => service.id)
}

/** Begins to start, stop, restart or deploy many services; the task's result says how it went with each. */
export async function beginBatch(
  deps: Deps,
  input: { actor: Actor; request: BatchRequest },
): Promise<TaskRecord> {
  const { actor, request } = input
  const { action, at_once: atOnce } = request
  const serviceIds = await chosen(deps, input)
  if (serviceIds.length === 0) throw nothingToDo({ action })
  const { id, name, role, serviceIds: limitedTo } = actor
  return deps.runner.start({
    kind: 'service.batch',
    serviceId: null,
    input: {
      ...{ action, service_ids: serviceIds, at_once: atOnce ?? null },
      actor: { id, name, role, service_ids: limitedTo && [...limitedTo] },
    },
    createdBy: actor,
  })
}
