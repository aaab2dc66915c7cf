import { rm } from 'node:fs/promises'
import { serviceFolders } from '../instances/instance-spec.ts'
import { releasingFrontPorts } from '../ports/front-ports.ts'
import { retireInstances } from '../rollouts/retire.ts'
import { keptFailure } from '../releases/release-failure.ts'
import type { TaskFailure } from '../tasks/task-progress.ts'
import type { DeploymentRecords } from './deployments.records.ts'
import type { DeployDeps, DeployInput } from './deploy.types.ts'

type FailDeps = Pick<DeployDeps, 'inTransaction' | 'paths'> & {
  ports: Pick<DeployDeps['ports'], 'claims' | 'queue'>
}

/** Why a release failed: the error of its task, or a sentence. */
type FailReason = Pick<TaskFailure, 'message'> & Partial<TaskFailure>

/**
 * Stops a service that has never served. It gives back its front port, which nobody has ever used, so that failed deploys do
 * not use up the range. The next deploy reserves a port again, unless another deploy has already requested this one.
 */
async function stopUnserved({ services, releases }: DeploymentRecords, serviceId: string): Promise<void> {
  const isOnItsWay = await releases.isOnItsWay(serviceId)
  await services.update(serviceId, { desired: 'stopped', ...(!isOnItsWay && { frontPort: null }) })
}

/**
 * Stores that a release failed, with all related changes. Resolves with whether it never served, so that
 * nothing of it is needed any more.
 */
async function storeFailure(
  deps: FailDeps,
  { service_id: serviceId, release: number }: DeployInput,
  error: FailReason,
): Promise<boolean> {
  const failure = keptFailure(error)
  let neverServed = false
  const store = async (records: DeploymentRecords) => {
    const service = await records.services.lock(serviceId)
    const release = await records.releases.get(serviceId, number)
    neverServed = release?.status === 'deploying' || release?.status === 'failed'
    await records.instanceRows.deleteOf(serviceId, number)
    // A release that has served before stays as it was, with everything that it needs to serve again.
    await records.releases.update(serviceId, number, {
      ...(neverServed && { status: 'failed', environmentHash: null, image: null }),
      failure,
    })
    if (service?.currentRelease === null) await stopUnserved(records, serviceId)
    return records.ports.releaseUnusedFrontPorts(serviceId)
  }
  await releasingFrontPorts(deps.ports, () => deps.inTransaction(store))
  return neverServed
}

/** Stores that a release failed, and removes the files of one that never served. Safe to repeat. */
export async function failRelease(deps: FailDeps, input: DeployInput, error: FailReason): Promise<void> {
  const neverServed = await storeFailure(deps, input, error)
  const { release } = serviceFolders(deps.paths, input.service_id)
  if (neverServed) await rm(release(input.release), { recursive: true, force: true })
}

/** Undoes a failed deploy or rollback: removes what it has started and what it has reserved. Safe to repeat. */
export async function undoDeploy(deps: DeployDeps, input: DeployInput, error: TaskFailure): Promise<void> {
  const { service_id: serviceId, release: number } = input
  const service = await deps.services.get(serviceId)
  // Once the release serves, a later failure must not remove it.
  if (!service || service.currentRelease === number) return
  const rows = await deps.instanceRows.list(serviceId)
  const made = rows.filter((row) => row.release === number)
  // Instances on trial have never had a request. Those of a release that served before may have some.
  const timeoutS = made.every(({ onTrial }) => onTrial) ? 0 : service.options.timeoutS
  try {
    await retireInstances(deps, made, { timeoutS, signal: new AbortController().signal })
  } finally {
    // Done even if an instance could not be removed: the release must not stay `deploying`, and the
    // reconciler ends unknown instances.
    await failRelease(deps, input, error)
  }
  await deps.gateway.sync([serviceId])
}
