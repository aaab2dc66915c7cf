import { waitFor } from '../../lib/wait-for.ts'
import { isShuttingDown } from '../tasks/task-kind.ts'
import type { InstancesDeps } from './instances.usecases.ts'

const everyMs = 50

/**
 * Waits until instances that get no new requests have answered their present ones. Waits at most as long as
 * the service may take for one answer, and never longer than `service.drain.timeout` of the configuration. If the task is cancelled, the wait
 * ends early. If the control plane stops, this rejects, and the next control plane starts the task again.
 * Resolves with the number of requests that are still running.
 */
export async function drainInstances(
  deps: Pick<InstancesDeps, 'inFlight' | 'longestDrainMs'>,
  instances: readonly { id: string }[],
  options: { timeoutS: number; signal: AbortSignal },
): Promise<number> {
  const { signal } = options
  let left = 0
  const isDone = async () => {
    left = await deps.inFlight(instances)
    return left === 0 || signal.aborted
  }
  await waitFor(isDone, { timeoutMs: Math.min(options.timeoutS * 1000, deps.longestDrainMs()), everyMs })
  if (isShuttingDown(signal)) signal.throwIfAborted()
  return left
}

/**
 * Takes instances out of the gateway, waits like {@link drainInstances}, and then ends each one with `end`.
 * Resolves with the number of requests that were still running after the wait. If the gateway does not follow, or
 * an instance does not end, this rejects, and those whose processes still run take requests again: their service
 * may be meant to go on, and nobody else would bring them back.
 */
export async function withdraw(
  deps: {
    instances: Pick<InstancesDeps, 'inFlight' | 'longestDrainMs'> & {
      monitor: Pick<InstancesDeps['monitor'], 'withdraw' | 'restore'>
    }
    gateway: { sync: () => Promise<void> }
  },
  instances: readonly { id: string }[],
  options: { timeoutS: number; signal: AbortSignal; end: (id: string) => Promise<void> },
): Promise<number> {
  const { monitor } = deps.instances
  for (const { id } of instances) monitor.withdraw(id)
  try {
    await deps.gateway.sync()
    const left = await drainInstances(deps.instances, instances, options)
    const ends = await Promise.allSettled(instances.map(({ id }) => options.end(id)))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    return left
  } catch (error) {
    for (const { id } of instances) monitor.restore(id)
    throw error
  }
}
