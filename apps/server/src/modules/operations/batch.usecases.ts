import type { BatchAction, BatchRequest } from '@vitrine/contract'
import { admit, requireReach } from '../../lib/require-access.ts'
import type { Actor } from '../../lib/actor.ts'
import { getGroup } from '../service-groups/service-groups.usecases.ts'
import type { ServiceGroupsRepository } from '../service-groups/service-groups.repository.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import { nothingToDo } from './batch.errors.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { mayOperate, mayOwn } from '../services/services.usecases.ts'

type Deps = {
  services: ServicesRepository
  groups: ServiceGroupsRepository
  runner: Pick<TaskRunner, 'start'>
}

/**
 * Whether an operation on a group or on all services includes this service. A stopped service is not
 * restarted, and one that has never served cannot be started. Pure.
 */
function takesPart(action: BatchAction, service: StoredService): boolean {
  const { desired, asleep, currentRelease } = service
  if (action === 'deploy') return true
  if (currentRelease === null) return false
  if (action === 'start') return desired === 'stopped' || asleep
  return desired === 'running' && (action === 'stop' || !asleep)
}

/** The services of a request. All services that it names are included, so that each gets a result. */
async function chosen(deps: Deps, input: { actor: Actor; request: BatchRequest }): Promise<string[]> {
  const { actor, request } = input
  if ('service_ids' in request) {
    requireReach(actor, request.service_ids)
    return [...new Set(request.service_ids)]
  }
  const groupId = 'group_id' in request ? (await getGroup(deps, request.group_id)).id : null
  const services = await deps.services.all()
  const may = request.action === 'deploy' ? mayOwn : mayOperate
  return services
    .filter((service) => groupId === null || service.groupId === groupId)
    .filter((service) => may(actor, service) && takesPart(request.action, service))
    .map((service) => service.id)
}

/** Starts, stops, restarts or deploys many services. The result of the task has the outcome for each. */
export async function beginBatch(
  deps: Deps,
  input: { actor: Actor; request: BatchRequest },
): Promise<TaskRecord> {
  const { actor, request } = input
  const { action, at_once: atOnce } = request
  // The route asks for the permission to operate; a role may have that alone.
  if (action === 'deploy') admit(actor, { access: 'services.deploy', about: 'listed' })
  const serviceIds = await chosen(deps, input)
  if (serviceIds.length === 0) throw nothingToDo({ action })
  const { id, name, key } = actor
  return deps.runner.start({
    kind: 'service.batch',
    serviceId: null,
    input: {
      action,
      service_ids: serviceIds,
      at_once: atOnce ?? null,
      actor: { id, name, key_id: key?.id ?? null },
    },
    createdBy: actor,
  })
}
