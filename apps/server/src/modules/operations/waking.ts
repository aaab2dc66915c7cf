import { platformActor } from '../../lib/actor.ts'
import type { GatewaySync } from '../gateway/gateway.sync.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import { serviceIsStopped, serviceNotFound, wakeFailed } from '../services/services.errors.ts'
import type { StoredService } from '../services/services.repository.ts'

/** Wakes a service. Resolves once requests through the gateway reach it. */
export type WakeService = (serviceId: string) => Promise<void>

type Deps = {
  services: { get: (id: string) => Promise<Pick<StoredService, 'desired' | 'asleep'> | null> }
  tasks: { get: (id: string) => Promise<{ task: Pick<TaskRecord, 'state'> } | null> }
  runner: Pick<TaskRunner, 'settled'> & {
    start: (input: Parameters<TaskRunner['start']>[0]) => Promise<Pick<TaskRecord, 'id'>>
  }
  gateway: Pick<GatewaySync, 'sync'>
}

/**
 * Creates the function that wakes services. Simultaneous calls for one service share one task. Throws
 * `service.not_found`, `service.stopped` or `service.wake_failed`.
 */
export function createWaking(deps: Deps): WakeService {
  const underWay = new Map<string, Promise<void>>()

  async function wakeNow(serviceId: string): Promise<void> {
    const service = await deps.services.get(serviceId)
    if (!service) throw serviceNotFound({ service_id: serviceId })
    if (service.desired === 'stopped') throw serviceIsStopped({ service_id: serviceId })
    if (service.asleep) {
      const task = await deps.runner.start({
        kind: 'service.wake',
        serviceId,
        createdBy: platformActor,
        input: { service_id: serviceId },
      })
      await deps.runner.settled(task.id)
      const ended = await deps.tasks.get(task.id)
      if (ended?.task.state !== 'succeeded') throw wakeFailed({ service_id: serviceId, task_id: task.id })
    }
    await deps.gateway.sync([serviceId])
  }

  return (serviceId) => {
    const known = underWay.get(serviceId)
    if (known) return known
    const mine = wakeNow(serviceId).finally(() => underWay.delete(serviceId))
    underWay.set(serviceId, mine)
    return mine
  }
}
