import type { Manifest, NetworkPolicy, ResourceLimits, ServiceMode } from '@vitrine/contract'
import type { StoredImage } from '../images/stored-image.ts'
import type { BriefRelease } from '../releases/releases.repository.ts'
import type { StoredInstance } from './instances.repository.ts'
import type { WatchedInstance } from './live-instance.ts'
import type { LogOwner } from './log-names.ts'

/** An instance as its row describes it, with the health settings of its release's manifest. */
export type KnownInstance = LogOwner & {
  id: string
  release: number
  health: Manifest['health']
  mode: ServiceMode
  limits: ResourceLimits
  network: NetworkPolicy
  /** The revision of the configuration whose variables it has. */
  configRevision: number
  /** The image of its release; absent or null if it runs from the folder of the release. */
  image?: StoredImage | null
  /** How often it was restarted because of its health. None for a new instance. */
  healthRestarts?: number
  /** See {@link InstanceMonitor}: the instance does not serve. */
  temporary?: boolean
  /** See {@link InstanceMonitor}: it does not serve yet. */
  onTrial?: boolean
}

/** An instance of a release, from its row. */
export const knownInstance = (
  row: StoredInstance,
  {
    manifest,
    healthPath,
    image,
  }: Pick<BriefRelease, 'healthPath' | 'image'> & { manifest: Pick<BriefRelease['manifest'], 'health'> },
): KnownInstance => ({
  ...row,
  image,
  health: { ...manifest.health, path: manifest.health.path ?? healthPath },
})

/** An instance as the monitor follows it. */
export const watched = (instance: KnownInstance): WatchedInstance => ({
  id: instance.id,
  serviceId: instance.serviceId,
  release: instance.release,
  replica: instance.replica,
  logPart: instance.logPart ?? '',
  healthPath: instance.health.path,
  healthIntervalMs: instance.health.interval_s * 1000,
  startupTimeoutMs: instance.health.startup_timeout_s * 1000,
  configRevision: instance.configRevision,
  healthRestarts: instance.healthRestarts ?? 0,
  temporary: instance.temporary ?? false,
  onTrial: instance.onTrial ?? false,
})
