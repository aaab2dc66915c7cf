import type { InstancesRepository, StoredInstance } from '../instances/instances.repository.ts'
import { tellInstance } from '../instances/live-config.ts'
import type { InstancesDeps } from '../instances/instances.usecases.ts'
import { planInstances, wantedOf } from '../instances/plan-instances.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import type { StoredService } from '../services/services.repository.ts'

/** What telling the instances of a service needs. */
type TellDeps = {
  instanceRows: Pick<InstancesRepository, 'list' | 'configured'>
  instances: Pick<InstancesDeps, 'monitor' | 'variablesOf' | 'instanceSecretOf'>
}

/**
 * Tells the running instances of a service of changed values, if nothing else about them changes. Resolves with how many have taken
 * them: all, or, if one of them cannot, none, because then all are replaced. An instance that took values which do not count
 * gets the former ones back at its next probe.
 */
export async function updateRunning(
  { instanceRows, instances }: TellDeps,
  service: StoredService,
  release: StoredRelease,
): Promise<number> {
  const { monitor } = instances
  const wanted = wantedOf(service, release)
  const rows = await instanceRows.list(service.id)
  const told = rows.map((row) => ({ ...row, configRevision: wanted.configRevision }))
  const { add, remove } = planInstances(wanted, told)
  const behind = rows.filter((row) => row.configRevision !== wanted.configRevision)
  if (add.length > 0 || remove.length > 0 || behind.length === 0) return 0
  const tell = async ({ id, configRevision: since }: StoredInstance) => {
    const endpoint = monitor.get(id)?.endpoint
    if (!endpoint) return false
    // First, so that a probe in between does not bring it back.
    monitor.configured(id, wanted.configRevision)
    return tellInstance(instances, { id, endpoint, since, revision: wanted.configRevision })
  }
  let count = 0
  try {
    const taken = await Promise.all(behind.map(tell))
    if (taken.every(Boolean)) {
      await instanceRows.configured(
        behind.map(({ id }) => id),
        wanted.configRevision,
      )
      count = behind.length
    }
  } finally {
    if (count === 0) for (const { id, configRevision } of behind) monitor.configured(id, configRevision)
  }
  return count
}
