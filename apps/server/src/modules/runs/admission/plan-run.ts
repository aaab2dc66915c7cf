import type { Actor } from '../../../lib/actor.ts'
import { requireReach } from '../../../lib/require-access.ts'
import { releaseNeverServed, releaseNotFound } from '../../releases/releases.errors.ts'
import type { ReleasesRepository, StoredRelease } from '../../releases/releases.repository.ts'
import type { ServicesRepository } from '../../services/services.repository.ts'
import { loadService } from '../../services/services.usecases.ts'
import type { RunPlan } from '../run-instance.ts'
import { requireInstance, type ServingDeps } from './serving-instance.ts'

/** What planning a run needs. */
export type PlanRunDeps = ServingDeps & {
  services: Pick<ServicesRepository, 'get'>
  releases: Pick<ReleasesRepository, 'get' | 'active'>
}

/** A release that serves or has served. Throws `release.not_found` or `release.never_served`. */
export async function releaseThatServed(
  deps: Pick<PlanRunDeps, 'releases'>,
  service: { id: string },
  number: number,
): Promise<StoredRelease> {
  const release = await deps.releases.get(service.id, number)
  if (!release) throw releaseNotFound({ service_id: service.id, release: number })
  if (release.status !== 'active' && release.status !== 'retired')
    throw releaseNeverServed({ service_id: service.id, release: number })
  return release
}

/**
 * Finds what the actor wants to run: the current release of a service, or an earlier one. Throws `service.not_found`,
 * `auth.service_not_allowed` for a limited key, and what {@link releaseThatServed} throws.
 */
export async function planRun(
  deps: PlanRunDeps,
  input: { actor: Actor; serviceId: string; release?: number | undefined },
): Promise<RunPlan> {
  const { actor } = input
  requireReach(actor, [input.serviceId])
  const service = await loadService(deps, input.serviceId)
  const release =
    input.release === undefined
      ? ((await deps.releases.active([service.id])).get(service.id) ?? null)
      : await releaseThatServed(deps, service, input.release)
  return { service, release }
}

/**
 * Plans a run of the current release that somebody waits for. Throws as {@link planRun} does, and `service.not_ready` if there is no
 * instance for it now.
 */
export async function planRunNow(
  deps: PlanRunDeps,
  input: { actor: Actor; serviceId: string },
): Promise<RunPlan> {
  const plan = await planRun(deps, input)
  requireInstance(deps, plan.service)
  return plan
}
