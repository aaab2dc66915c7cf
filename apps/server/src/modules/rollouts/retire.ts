import { everyEnd } from '../../lib/every-end.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { GatewaySync } from '../gateway/gateway.sync.ts'
import type { InstancesRepository, StoredInstance } from '../instances/instances.repository.ts'
import { serviceOfInstance } from '../instances/instance-spec.ts'
import { removeInstance, type InstancesDeps } from '../instances/instances.usecases.ts'
import { releaseUnusedFrontPorts } from '../ports/front-ports.ts'
import type { PortsDeps } from '../ports/ports.deps.ts'
import type { StoredService } from '../services/services.repository.ts'
import { isPreempted, isShuttingDown, type TaskContext } from '../tasks/task-kind.ts'

/** What ending instances needs. */
export type RetireDeps = {
  instanceRows: InstancesRepository
  instances: InstancesDeps
  ports: Pick<PortsDeps, 'ports' | 'claims' | 'queue'>
  gateway: Pick<GatewaySync, 'sync'>
}

const everyMs = 50

/**
 * Waits until instances that get no new requests have answered their present ones. Waits at most as long as
 * the service may take for one answer, and never longer than `service.drain.timeout` of the configuration. If the task is cancelled, the wait
 * ends early. If the control plane stops, this rejects, and the next control plane starts the task again. It also rejects if the
 * task gives way to later work while requests are running: they go on, because nobody asked for the end of these instances.
 * Where the gateway does not say how many requests there are, it is asked again, because there may be some.
 * Resolves with the number of requests that are still running, or null if the gateway did not say it at the end.
 */
export async function drainInstances(
  deps: Pick<InstancesDeps, 'inFlight' | 'longestDrainMs'>,
  instances: readonly { id: string }[],
  options: { timeoutS: number; signal: AbortSignal },
): Promise<number | null> {
  const { signal } = options
  let left: number | null = null
  const isDone = async () => {
    left = await deps.inFlight(instances)
    return left === 0 || signal.aborted
  }
  await waitFor(isDone, { timeoutMs: Math.min(options.timeoutS * 1000, deps.longestDrainMs()), everyMs })
  if (isShuttingDown(signal) || (isPreempted(signal) && left !== 0)) signal.throwIfAborted()
  return left
}

/**
 * Takes instances out of the gateway, waits like {@link drainInstances}, and then ends each one with `end`.
 * Resolves with the number of requests that were still running after the wait, or null if nobody knows it. If the gateway does not follow, or
 * an instance does not end, this rejects, and those whose processes still run take requests again: their service
 * may still be wanted, and no other code would make them take requests again.
 */
export async function withdraw(
  deps: {
    instances: Pick<InstancesDeps, 'inFlight' | 'longestDrainMs'> & {
      monitor: Pick<InstancesDeps['monitor'], 'withdraw' | 'restore'>
    }
    gateway: Pick<GatewaySync, 'sync'>
  },
  instances: readonly { id: string }[],
  options: { timeoutS: number; signal: AbortSignal; end: (id: string) => Promise<void> },
): Promise<number | null> {
  const { monitor } = deps.instances
  for (const { id } of instances) monitor.withdraw(id)
  try {
    await deps.gateway.sync([...new Set(instances.map(({ id }) => serviceOfInstance(id)))])
    const left = await drainInstances(deps.instances, instances, options)
    await everyEnd(instances.map(({ id }) => options.end(id)))
    return left
  } catch (error) {
    for (const { id } of instances) monitor.restore(id)
    throw error
  }
}

/**
 * Ends instances. They get no new requests, finish their present ones (at most `timeoutS` seconds), and are
 * removed with their processes, ports and rows. Resolves with how many requests were still running after the
 * wait, or null if nobody knows it. Safe to repeat.
 */
export async function retireInstances(
  deps: Pick<RetireDeps, 'instanceRows' | 'instances' | 'gateway'>,
  rows: readonly StoredInstance[],
  options: { timeoutS: number; signal: AbortSignal },
): Promise<number | null> {
  if (rows.length === 0) return 0
  return withdraw(deps, rows, {
    ...options,
    end: async (id) => {
      await removeInstance(deps.instances, id)
      await deps.instanceRows.delete(id)
    },
  })
}

/**
 * Ends the instances of a task that did not finish. The gateway has never known them, so they have no requests: a gateway that
 * does not say so is asked only once, because nobody should wait for it.
 */
export async function retireOnTrial(
  deps: Pick<RetireDeps, 'instanceRows' | 'instances' | 'gateway'>,
  service: StoredService,
  signal = new AbortController().signal,
): Promise<void> {
  const rows = (await deps.instanceRows.list(service.id)).filter((row) => row.onTrial)
  await retireInstances(deps, rows, { timeoutS: 0, signal })
}

/**
 * Completes a change whose result is already stored: lets the serving instances take requests, updates the gateway, releases
 * the front ports that it has closed, and ends the instances in `remove`. Instances on trial still get no requests. Resolves
 * with how many requests of the ended instances were still running after the wait, or null if nobody knows it.
 */
export async function handOver(
  deps: RetireDeps,
  { service, context }: { service: StoredService; context: Pick<TaskContext<unknown>, 'signal'> },
  remove: readonly StoredInstance[],
): Promise<number | null> {
  for (const { id, onTrial } of await deps.instanceRows.list(service.id))
    if (!onTrial) deps.instances.monitor.endTrial(id)
  await deps.gateway.sync([service.id])
  await releaseUnusedFrontPorts(deps.ports, service.id)
  return retireInstances(deps, remove, { timeoutS: service.options.timeoutS, signal: context.signal })
}
