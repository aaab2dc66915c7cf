import type { ResourceLimits, ServiceMode } from '@vitrine/contract'
import type { StoredInstance } from './instances.repository.ts'
import type { BriefRelease } from '../releases/releases.repository.ts'
import type { StoredService } from '../services/services.repository.ts'

/** All that a service wants of its instances: whatever changes in it is brought about by new ones beside the old. */
export type WantedInstances = {
  release: number
  replicas: number
  mode: ServiceMode
  limits: ResourceLimits
}

type Row = Pick<StoredInstance, 'id' | 'release' | 'replica' | 'mode' | 'limits' | 'onTrial'>

/** Which instances stay, at which places among the replicas new ones are to be made, and which go once those are ready. */
export type InstancePlan<R> = { stay: R[]; add: number[]; go: R[] }

/** What a service wants of its instances while a release serves. */
export const wantedOf = (
  service: Pick<StoredService, 'replicas' | 'mode' | 'limits'>,
  release: Pick<BriefRelease, 'number'> & { manifest: Pick<BriefRelease['manifest'], 'resources'> },
): WantedInstances => ({
  release: release.number,
  replicas: service.replicas,
  mode: service.mode,
  limits: service.limits ?? release.manifest.resources,
})

/** Whether two limits are the same; what is absent is not limited. */
export const sameLimits = (one: ResourceLimits, other: ResourceLimits): boolean =>
  one.memory_mb === other.memory_mb &&
  one.cpu === other.cpu &&
  one.open_files === other.open_files &&
  one.processes === other.processes

const isAsWanted = (wanted: WantedInstances, row: Row) =>
  !row.onTrial &&
  row.release === wanted.release &&
  row.mode === wanted.mode &&
  sameLimits(row.limits, wanted.limits)

/**
 * What to do so that the instances are those wanted: one at each place, of the release, run by the mode, with the limits. One on
 * trial goes: the task that made it did not come to its end. Pure.
 */
export function planInstances<R extends Row>(wanted: WantedInstances, rows: readonly R[]): InstancePlan<R> {
  const places = Array.from({ length: wanted.replicas }, (_none, index) => index + 1)
  const found = places.map((place) => rows.find((row) => row.replica === place && isAsWanted(wanted, row)))
  const stay = found.filter((row) => row !== undefined)
  const staying = new Set(stay.map((row) => row.id))
  return {
    stay,
    add: places.filter((_place, index) => found[index] === undefined),
    go: rows.filter((row) => !staying.has(row.id)),
  }
}

/**
 * Whether the instances of a service that should run are others than it wants, so that a task `service.adjust` is due. `rows` are
 * all its instances, `release` is the one that serves. Pure.
 */
export function needsAdjusting(
  service: Pick<StoredService, 'desired' | 'asleep' | 'replicas' | 'mode' | 'limits'>,
  release: Pick<BriefRelease, 'number'> & { manifest: Pick<BriefRelease['manifest'], 'resources'> },
  rows: readonly Row[],
): boolean {
  if (service.desired === 'stopped' || service.asleep) return false
  const { add, go } = planInstances(wantedOf(service, release), rows)
  return add.length > 0 || go.length > 0
}
