import type { ImageLabels } from '../../adapters/docker/image-daemon.ts'
import { labels as names } from '../../adapters/docker/labels.ts'
import { nameOutside } from '../../lib/name-outside.ts'

type Names = { serviceId: string; release: number; algorithmId: string; commit: string }

/** What all images of a platform have. Pure. */
export const platformLabel = (platform: string): ImageLabels => ({ [names.platform]: platform })

/** What all images of a service have. Pure. */
export const serviceLabels = (platform: string, serviceId: string): ImageLabels => ({
  ...platformLabel(platform),
  [names.service]: serviceId,
})

/** Where an image comes from. Pure. */
export const labelsOf = (
  platform: string,
  { serviceId, release, algorithmId, commit }: Names,
): ImageLabels => ({
  ...serviceLabels(platform, serviceId),
  [names.release]: String(release),
  [names.algorithm]: algorithmId,
  [names.commit]: commit,
})

/** The release that an image says it is of. Null if it names none. Pure. */
export function releaseOfLabels(labels: ImageLabels): { serviceId: string; release: number } | null {
  const serviceId = labels[names.service]
  const release = Number(labels[names.release])
  return serviceId === undefined || !Number.isInteger(release) ? null : { serviceId, release }
}

/** How an image is called on its daemon. Pure. */
export const tagOf = (
  platform: string,
  { serviceId, release }: Pick<Names, 'serviceId' | 'release'>,
): string => `vitrine-${platform}/${nameOutside(serviceId)}:${release}`
