import type { ImageDaemon } from '../../adapters/docker/image-daemon.ts'
import { platformLabel, releaseOfLabels, serviceLabels } from './image-names.ts'

/** What finding unused images needs. */
export type CollectDeps = { daemon: Pick<ImageDaemon, 'list' | 'remove'>; platform: string }

/** A release that keeps its image, or for which one is being made. */
export type ImageInUse = { serviceId: string; release: number; imageId: string | null; isDeploying: boolean }

/**
 * Removes the images of this platform that no release needs. One of a release that is being deployed stays, because it may be finished
 * but not stored yet. Resolves with their ids.
 */
export async function collectImages(
  { daemon, platform }: CollectDeps,
  inUse: () => Promise<readonly ImageInUse[]>,
): Promise<string[]> {
  const images = await daemon.list(platformLabel(platform))
  // Asked after the images, so that a release that begins in between is not missed.
  const rows = await inUse()
  const removed: string[] = []
  for (const { id, labels } of images) {
    const of = releaseOfLabels(labels)
    const isNeeded = rows.some(
      (row) =>
        row.imageId === id ||
        (row.isDeploying && row.serviceId === of?.serviceId && row.release === of.release),
    )
    if (!isNeeded && (await daemon.remove(id))) removed.push(id)
  }
  return removed
}

/** Removes all images of a service. */
export async function removeImagesOf({ daemon, platform }: CollectDeps, serviceId: string): Promise<void> {
  for (const { id } of await daemon.list(serviceLabels(platform, serviceId))) await daemon.remove(id)
}
