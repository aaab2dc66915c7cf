import type { ServiceMode } from '@vitrine/contract'
import { containerModes } from '@vitrine/contract/choices'
import type { StoredRelease } from './releases.repository.ts'

const inContainers: ReadonlySet<ServiceMode> = new Set(containerModes)

/** Whether a mode runs images. Pure. */
export const isContainerMode = (mode: ServiceMode): boolean => inContainers.has(mode)

/**
 * Whether a release can run in a mode. It has an image or what runs from its folder, never both, and a cluster fetches images from a
 * registry. Pure.
 */
export const runsIn = ({ image }: Pick<StoredRelease, 'image'>, mode: ServiceMode): boolean =>
  mode === 'kubernetes' ? image?.published !== undefined : (image !== null) === isContainerMode(mode)

/**
 * The mode that a release runs in where its service wants this one: one that cannot run as wanted runs as it was deployed. Pure.
 */
export const modeOf = (
  release: Pick<StoredRelease, 'image' | 'config'>,
  wanted: ServiceMode,
): ServiceMode => {
  if (runsIn(release, wanted)) return wanted
  return runsIn(release, release.config.mode) ? release.config.mode : 'docker'
}
