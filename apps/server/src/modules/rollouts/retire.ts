import type { GatewaySync } from '../gateway/gateway.sync.ts'
import { withdraw } from '../instances/drain.ts'
import type { InstancesRepository, StoredInstance } from '../instances/instances.repository.ts'
import { removeInstance, type InstancesDeps } from '../instances/instances.usecases.ts'
import { releaseUnusedFrontPorts } from '../ports/front-ports.ts'
import type { PortsDeps } from '../ports/ports.deps.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { TaskContext } from '../tasks/task-kind.ts'

/** What ending instances needs. */
export type RetireDeps = {
  instanceRows: InstancesRepository
  instances: InstancesDeps
  ports: Pick<PortsDeps, 'ports' | 'claims'>
  gateway: Pick<GatewaySync, 'sync'>
}

/**
 * Ends instances. They get no new requests, finish their present ones (at most `timeoutS` seconds), and are
 * removed with their processes, ports and rows. Resolves with how many requests were still running after the
 * wait. Safe to repeat.
 */
export async function retireInstances(
  deps: Pick<RetireDeps, 'instanceRows' | 'instances' | 'gateway'>,
  rows: readonly StoredInstance[],
  options: { timeoutS: number; signal: AbortSignal },
): Promise<number> {
  if (rows.length === 0) return 0
  return withdraw(deps, rows, {
    ...options,
    end: async (id) => {
      await removeInstance(deps.instances, id)
      await deps.instanceRows.delete(id)
    },
  })
}

/** Ends the instances of a task that did not finish. */
export async function retireOnTrial(
  deps: Pick<RetireDeps, 'instanceRows' | 'instances' | 'gateway'>,
  service: StoredService,
  signal = new AbortController().signal,
): Promise<void> {
  const rows = (await deps.instanceRows.list(service.id)).filter((row) => row.onTrial)
  await retireInstances(deps, rows, { timeoutS: service.options.timeoutS, signal })
}

/**
 * The end of a change, when it is stored which instances serve: lets these get requests, which those on trial do not, and the gateway follow,
 * releases the front ports that it has closed, and ends the other instances. Resolves with how many of their requests were still running after the wait.
 */
export async function handOver(
  deps: RetireDeps,
  { service, context }: { service: StoredService; context: Pick<TaskContext<unknown>, 'signal'> },
  remove: readonly StoredInstance[],
): Promise<number> {
  for (const { id, onTrial } of await deps.instanceRows.list(service.id))
    if (!onTrial) deps.instances.monitor.endTrial(id)
  await deps.gateway.sync()
  await releaseUnusedFrontPorts(deps.ports, service.id)
  return retireInstances(deps, remove, { timeoutS: service.options.timeoutS, signal: context.signal })
}
