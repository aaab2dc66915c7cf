import type { StepName, StepOf } from '@vitrine/contract'
import type { DataPaths } from '../../lib/paths.ts'
import type { Words } from '../../lib/words.ts'
import type { GatewaySync } from '../gateway/gateway.sync.ts'
import { ensureAdded, type InstancesDeps } from '../instances/instances.usecases.ts'
import { knownInstance, type KnownInstance } from '../instances/known-instance.ts'
import { leftWords } from '../instances/left-words.ts'
import { lives } from '../instances/live-instance.ts'
import { planInstances, wantedOf } from '../instances/plan-instances.ts'
import type { PortsDeps } from '../ports/ports.deps.ts'
import { retireInstances, withdraw } from '../rollouts/retire.ts'
import { createInstances, startAll, type NotReady } from '../rollouts/roll-out.ts'
import type { InstancesRepository, StoredInstance } from '../instances/instances.repository.ts'
import type { ReleasesRepository, StoredRelease } from '../releases/releases.repository.ts'
import { isShuttingDown, type TaskContext } from '../tasks/task-kind.ts'
import { serviceNeverDeployed, startFailed } from '../services/services.errors.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { takesRequests } from '../instances/instance-facts.ts'

/** What starting and stopping need. */
export type OperateDeps = {
  paths: DataPaths
  services: ServicesRepository
  releases: ReleasesRepository
  instanceRows: InstancesRepository
  ports: PortsDeps
  instances: InstancesDeps
  gateway: GatewaySync
}

/** The context for an operation on one service: its own task, or a batch. */
type Work<Step extends StepName> = Pick<TaskContext<unknown, Step>, 'signal' | 'step'>

/** The release that serves, or would serve if the service were started. */
async function servingRelease(deps: OperateDeps, service: StoredService): Promise<StoredRelease> {
  const release = await deps.releases.serving(service)
  if (!release) throw serviceNeverDeployed({ service_id: service.id })
  return release
}

/** A service with its current release and its instances. */
type Serving = { service: StoredService; release: StoredRelease; rows: readonly StoredInstance[] }

const failedFor =
  (service: StoredService) =>
  ({ reason, lines }: NotReady) =>
    startFailed({ service_id: service.id, reason, lines })

/**
 * The instances to start: the existing ones. If none of them serves, they are first replaced by the wanted
 * ones, because no caller depends on the old ones.
 */
async function instancesToStart(
  deps: OperateDeps,
  context: Work<'start'>,
  { service, release, rows }: Serving,
): Promise<KnownInstance[]> {
  const known = (row: StoredInstance) => knownInstance(row, release)
  if (deps.instances.monitor.ofService(service.id).some(takesRequests))
    return rows.filter((row) => row.release === release.number && !row.onTrial).map(known)
  const wanted = wantedOf(service, release)
  const { stay, add, remove } = planInstances(wanted, rows)
  await retireInstances(deps, remove, { timeoutS: service.options.timeoutS, signal: context.signal })
  return [
    ...stay.map(known),
    ...(await createInstances(deps, { release, wanted, places: add, onTrial: false })),
  ]
}

async function startServing(
  deps: OperateDeps,
  context: Work<'start' | 'route'>,
  serving: Serving,
): Promise<void> {
  const { service } = serving
  if (service.desired !== 'running') await deps.services.update(service.id, { desired: 'running' })
  await context.step('start', async (report) => {
    const instances = await instancesToStart(deps, context, serving)
    for (const instance of instances) await ensureAdded(deps.instances, instance)
    const { signal } = context
    return { value: await startAll(deps, instances, { signal, failed: failedFor(service), report }) }
  })
  await context.step('route', async () => {
    // Only now: callers of a sleeping service wait, but callers of a starting one are refused.
    if (service.asleep) await deps.services.update(service.id, { asleep: false })
    return { value: await deps.gateway.sync([service.id]) }
  })
}

/** Starts a service's instances, and sends requests to them once they are ready. */
export async function startService(
  deps: OperateDeps,
  context: Work<'start' | 'route'>,
  service: StoredService,
): Promise<void> {
  const release = await servingRelease(deps, service)
  const rows = await deps.instanceRows.list(service.id)
  await startServing(deps, context, { service, release, rows })
}

/** Lets a service's instances finish their requests and then ends them. */
async function endAll(
  deps: OperateDeps,
  context: Work<'stop'>,
  { service, rows: instances }: Omit<Serving, 'release'>,
): Promise<void> {
  await context.step('stop', async () => {
    const left = await withdraw(deps, instances, {
      timeoutS: service.options.timeoutS,
      signal: context.signal,
      end: (id) => deps.instances.runner.stop(id),
    })
    const message = leftWords(left)
    return { ...(message && { message }), value: null }
  })
}

/**
 * Stores what a service is meant to be from now on, and ends its instances. If they cannot be ended (the gateway or the
 * runner does not answer), the service is meant to run again: its processes take requests, and the reconciler would
 * otherwise end them without the gateway.
 */
async function endInstances(
  deps: OperateDeps,
  context: Work<'stop'>,
  service: StoredService,
  meant: Pick<StoredService, 'asleep'> & { desired?: 'stopped' },
): Promise<void> {
  const rows = await deps.instanceRows.list(service.id)
  await deps.services.update(service.id, meant)
  try {
    await endAll(deps, context, { service, rows })
  } catch (error) {
    // The next control plane starts the task again.
    if (!isShuttingDown(context.signal)) await goOn(deps, service, rows)
    throw error
  }
}

/** Stores that a service is meant to run again, because some of its processes could not be ended. Does nothing if none is left. */
async function goOn(
  deps: OperateDeps,
  { id }: StoredService,
  rows: readonly StoredInstance[],
): Promise<void> {
  const runs = (row: StoredInstance) => lives(deps.instances.monitor.get(row.id)?.report ?? null)
  if (!rows.some(runs)) return
  await deps.services.update(id, { desired: 'running', asleep: false })
  // The update is repeated until the gateway follows. The caller's error says what happened.
  await deps.gateway.sync([id]).catch(() => {})
}

/** Stops a service. It stays stopped until somebody starts it. If it cannot be stopped, it goes on. */
export const stopService = (
  deps: OperateDeps,
  context: Work<'stop'>,
  service: StoredService,
): Promise<void> => endInstances(deps, context, service, { desired: 'stopped', asleep: false })

/** Lets a service sleep until somebody needs it. If its instances cannot be ended, it goes on. */
export const putToSleep = (deps: OperateDeps, context: Work<'stop'>, service: StoredService): Promise<void> =>
  endInstances(deps, context, service, { asleep: true })

const restarted = (done: number, all: number): Words => ({
  zh: `已重启 ${done}/${all} 个实例`,
  en: `${done} of ${all} instances restarted`,
})

/**
 * Restarts instances one at a time while the others serve, and those that do not serve first. Stops at the
 * first one that does not become ready, and leaves the rest unchanged.
 */
async function restartInTurn(
  deps: OperateDeps,
  context: Work<'start'>,
  service: StoredService,
  instances: readonly KnownInstance[],
): Promise<void> {
  const { monitor, runner } = deps.instances
  const { signal } = context
  const serves = ({ id }: KnownInstance) => {
    const live = monitor.get(id)
    return live !== null && takesRequests(live)
  }
  const order = [...instances.filter((one) => !serves(one)), ...instances.filter(serves)]
  await context.step('start', async (report) => {
    for (const [index, instance] of order.entries()) {
      signal.throwIfAborted()
      await report(restarted(index, order.length))
      const { timeoutS } = service.options
      await withdraw(deps, [instance], { timeoutS, signal, end: (id) => runner.stop(id) })
      await ensureAdded(deps.instances, instance)
      await startAll(deps, [instance], { signal, failed: failedFor(service) })
      // The next instance may stop only when this one gets requests again.
      await deps.gateway.sync([service.id])
    }
    return { message: restarted(order.length, order.length), value: null }
  })
}

/** Restarts a service's instances. If there are several, one after the other, so that the service keeps serving. */
export async function restartService(
  deps: OperateDeps,
  context: Work<StepOf<'service.restart'>>,
  service: StoredService,
): Promise<void> {
  const release = await servingRelease(deps, service)
  const serving = deps.instances.monitor.ofService(service.id).filter(takesRequests)
  const rows = await deps.instanceRows.list(service.id)
  const instances = rows
    .filter((row) => row.release === release.number && !row.onTrial)
    .map((row) => knownInstance(row, release))
  if (instances.length > 1 && serving.length > 0) return restartInTurn(deps, context, service, instances)
  await endAll(deps, context, { service, rows })
  await startServing(deps, context, { service, release, rows })
}
