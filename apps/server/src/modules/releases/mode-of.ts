import type { ServiceMode } from '@vitrine/contract'
import type { StoredRelease } from './releases.repository.ts'

/**
 * The mode that a release runs in where its service wants this one. A release has an image or what runs from its folder, never both: one
 * that cannot run as wanted runs as it was deployed. Pure.
 */
export function modeOf(
  { image, config }: Pick<StoredRelease, 'image' | 'config'>,
  wanted: ServiceMode,
): ServiceMode {
  if (image) return 'docker'
  return wanted === 'docker' ? config.mode : wanted
}

/** Whether a release can run in a mode. Pure. */
export const runsIn = ({ image }: Pick<StoredRelease, 'image'>, mode: ServiceMode): boolean =>
  (image !== null) === (mode === 'docker')
