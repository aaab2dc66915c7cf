import { rm } from 'node:fs/promises'
import { serviceFolders } from '../instances/instance-spec.ts'
import { giveUpClaims } from '../ports/ports.usecases.ts'
import { retireInstances } from '../rollouts/roll-out.ts'
import type { TaskFailure } from '../tasks/task-progress.ts'
import type { DeployDeps, DeployInput } from './deploy.types.ts'

/** Stores that a release failed, with all that goes with it. Says whether it never served, and so needs nothing of its own any more. */
async function storeFailure(
  deps: DeployDeps,
  { service_id: serviceId, release: number }: DeployInput,
  { message: failure }: TaskFailure,
): Promise<boolean> {
  const { isNew, unused } = await deps.inTransaction(async (records) => {
    const service = await records.services.lock(serviceId)
    const release = await records.releases.get(serviceId, number)
    const neverServed = release?.status === 'deploying' || release?.status === 'failed'
    await records.instanceRows.deleteOf(serviceId, number)
    // One that has served before stays what it was, with all that it needs to serve again.
    await records.releases.update(serviceId, number, {
      ...(neverServed && { status: 'failed', environmentHash: null }),
      failure,
    })
    if (service?.currentRelease === null) await records.services.update(serviceId, { desired: 'stopped' })
    return { isNew: neverServed, unused: await records.ports.releaseUnusedFronts(serviceId) }
  })
  giveUpClaims(deps.ports, unused)
  return isNew
}

/** Undoes a deploy or a rollback that failed: what it has started goes, and so does what it has reserved. Safe to repeat. */
export async function undoDeploy(deps: DeployDeps, input: DeployInput, error: TaskFailure): Promise<void> {
  const { service_id: serviceId, release: number } = input
  const service = await deps.records.services.get(serviceId)
  // Once it serves, a failure in what comes after must not take it away.
  if (!service || service.currentRelease === number) return
  const rows = await deps.records.instanceRows.list(serviceId)
  const made = rows.filter((row) => row.release === number)
  const { timeoutS } = service.options
  try {
    await retireInstances(deps, made, { timeoutS, signal: new AbortController().signal })
  } finally {
    // Also where an instance did not go: the release must not seem to be on its way, and the reconciler ends what is nobody's.
    const neverServed = await storeFailure(deps, input, error)
    if (neverServed)
      await rm(serviceFolders(deps.paths, serviceId).release(number), { recursive: true, force: true })
  }
  await deps.gateway.sync()
}
