import type { GatewaySync } from '../modules/gateway/gateway.sync.ts'
import { withdraw } from '../modules/rollouts/retire.ts'
import type { InstancesDeps } from '../modules/instances/instances.usecases.ts'
import type { LiveInstance } from '../modules/instances/instance-monitor.ts'
import type { InstancesRepository } from '../modules/instances/instances.repository.ts'

/** What restarting an unhealthy instance needs. */
export type RestartDeps = {
  instances: Pick<InstancesDeps, 'inFlight' | 'longestDrainMs'> & {
    monitor: Pick<InstancesDeps['monitor'], 'get' | 'withdraw' | 'restore' | 'restarted'>
    runner: Pick<InstancesDeps['runner'], 'start' | 'stop'>
  }
  instanceRows: Pick<InstancesRepository, 'countHealthRestart'>
  gateway: Pick<GatewaySync, 'sync'>
  /** Called after a restart, with the instance as it was before. */
  onRestarted: (before: LiveInstance) => void
}

/** An unhealthy instance may not finish its requests either, so it gets less time for them than others. */
const drainS = 10

/**
 * Restarts an unhealthy instance. From the first moment on, requests go to the other instances of its
 * service. If it has recovered in the meantime, or was restarted already, it is left alone.
 */
export async function restartUnhealthy(deps: RestartDeps, planned: LiveInstance): Promise<void> {
  const { monitor, runner } = deps.instances
  const { id } = planned
  const now = monitor.get(id)
  if (!now || now.count.bad < planned.count.bad || now.report?.generation !== planned.report?.generation)
    return
  const { signal } = new AbortController()
  await withdraw(deps, [now], { timeoutS: drainS, signal, end: (one) => runner.stop(one) })
  await runner.start(id)
  monitor.restarted(id)
  deps.onRestarted(now)
  await deps.instanceRows.countHealthRestart(id)
}
