import type { NetworkPolicy, ResourceLimits, ServiceMode } from '@vitrine/contract'
import type { StoredInstance } from './instances.repository.ts'
import type { BriefRelease } from '../releases/releases.repository.ts'
import type { StoredService } from '../services/services.repository.ts'

/** What a service wants of its instances. If any of it changes, new instances are created next to the old ones. */
export type WantedInstances = {
  release: number
  replicas: number
  mode: ServiceMode
  limits: ResourceLimits
  network: NetworkPolicy
  /** The revision of the configuration whose variables they have. */
  configRevision: number
}

type Row = Pick<
  StoredInstance,
  'id' | 'release' | 'replica' | 'mode' | 'limits' | 'network' | 'configRevision' | 'onTrial'
>

/**
 * The instances that stay, the replica numbers that need new instances, and the instances to remove once
 * those are ready.
 */
export type InstancePlan<R> = { stay: R[]; add: number[]; remove: R[] }

/** What a service wants of its instances while a release serves. */
export const wantedOf = (
  service: Pick<StoredService, 'replicas' | 'mode' | 'limits' | 'configRevision'> & {
    options: Pick<StoredService['options'], 'network'>
  },
  release: Pick<BriefRelease, 'number'> & { manifest: Pick<BriefRelease['manifest'], 'resources'> },
): WantedInstances => ({
  release: release.number,
  replicas: service.replicas,
  mode: service.mode,
  limits: service.limits ?? release.manifest.resources,
  network: service.options.network,
  configRevision: service.configRevision,
})

/** Whether two limits are equal. An absent field means no limit, and no graphics processor. */
export const sameLimits = (one: ResourceLimits, other: ResourceLimits): boolean =>
  one.memory_mb === other.memory_mb &&
  one.cpu === other.cpu &&
  one.open_files === other.open_files &&
  one.processes === other.processes &&
  (one.gpus ?? 0) === (other.gpus ?? 0)

const isAsWanted = (wanted: WantedInstances, row: Row) =>
  !row.onTrial &&
  row.release === wanted.release &&
  row.mode === wanted.mode &&
  row.network === wanted.network &&
  row.configRevision === wanted.configRevision &&
  sameLimits(row.limits, wanted.limits)

/**
 * Plans how to get the wanted instances: one for each replica, with this release, mode, limits, network and configuration. An
 * instance on trial is removed, because the task that created it did not finish. Pure.
 */
export function planInstances<R extends Row>(wanted: WantedInstances, rows: readonly R[]): InstancePlan<R> {
  const places = Array.from({ length: wanted.replicas }, (_none, index) => index + 1)
  const found = places.map((place) => rows.find((row) => row.replica === place && isAsWanted(wanted, row)))
  const stay = found.filter((row) => row !== undefined)
  const staying = new Set(stay.map((row) => row.id))
  return {
    stay,
    add: places.filter((_place, index) => found[index] === undefined),
    remove: rows.filter((row) => !staying.has(row.id)),
  }
}

/**
 * The instances of the release that serve with the same settings: the wanted ones or, if none has these, the newest. Others
 * that serve may be left from an earlier change, and are to go. Pure.
 */
export function servingAlike<R extends Row & Pick<StoredInstance, 'createdAt'>>(
  wanted: WantedInstances,
  rows: readonly R[],
): R[] {
  const alike = (as: WantedInstances) => rows.filter((row) => isAsWanted(as, row))
  const [newest] = rows
    .filter((row) => row.release === wanted.release && !row.onTrial)
    .toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime())
  const found = alike(wanted)
  if (found.length > 0 || !newest) return found
  const { mode, limits, network, configRevision } = newest
  return alike({ ...wanted, mode, limits, network, configRevision })
}

/**
 * Whether the instances of a service that should run differ from what it wants, so that a task
 * `service.adjust` is needed. `rows` are all its instances; `release` is the current one. Pure.
 */
export function needsAdjusting(
  service: Parameters<typeof wantedOf>[0] & Pick<StoredService, 'desired' | 'asleep'>,
  release: Pick<BriefRelease, 'number'> & { manifest: Pick<BriefRelease['manifest'], 'resources'> },
  rows: readonly Row[],
): boolean {
  if (service.desired === 'stopped' || service.asleep) return false
  const { add, remove } = planInstances(wantedOf(service, release), rows)
  return add.length > 0 || remove.length > 0
}
