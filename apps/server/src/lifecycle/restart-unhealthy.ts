import type { GatewaySync } from '../modules/gateway/gateway.sync.ts'
import { drainInstances } from '../modules/instances/drain.ts'
import type { InstancesDeps } from '../modules/instances/instances.usecases.ts'
import type { LiveInstance } from '../modules/instances/live-board.ts'
import type { InstancesRepository } from '../modules/instances/instances.repository.ts'

/** What starting an instance again needs. */
export type RestartDeps = {
  instances: Pick<InstancesDeps, 'inFlight'> & {
    board: Pick<InstancesDeps['board'], 'get' | 'leave' | 'restarted'>
    runner: Pick<InstancesDeps['runner'], 'start' | 'stop'>
  }
  instanceRows: Pick<InstancesRepository, 'countHealthRestart'>
  gateway: Pick<GatewaySync, 'sync'>
  /** Hears of an instance that was started again, as it was before. */
  onRestarted: (before: LiveInstance) => void
}

/** What does not answer well may not answer what it has either, so its requests are not waited for as long as others'. */
const drainS = 10

/**
 * Starts an instance again that lives and does not answer well. Requests go to the others of its service from the first moment on.
 * One that got well meanwhile, or is another process by now, is left alone.
 */
export async function restartUnhealthy(deps: RestartDeps, planned: LiveInstance): Promise<void> {
  const { board, runner } = deps.instances
  const { id } = planned
  const now = board.get(id)
  if (!now || now.count.bad < planned.count.bad || now.report?.generation !== planned.report?.generation)
    return
  board.leave(id)
  await deps.gateway.sync()
  const { signal } = new AbortController()
  await drainInstances(deps.instances, [now], { timeoutS: drainS, signal })
  await runner.stop(id)
  await runner.start(id)
  board.restarted(id)
  deps.onRestarted(now)
  await deps.instanceRows.countHealthRestart(id)
}
