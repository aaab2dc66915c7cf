import type { ImageLabels } from '../../adapters/docker/image-daemon.ts'

type Names = { serviceId: string; release: number; algorithmId: string; commit: string }

const prefix = 'io.vitrine.'

/** What all images of a platform have. Pure. */
export const platformLabel = (platform: string): ImageLabels => ({ [`${prefix}platform`]: platform })

/** What all images of a service have. Pure. */
export const serviceLabels = (platform: string, serviceId: string): ImageLabels => ({
  ...platformLabel(platform),
  [`${prefix}service`]: serviceId,
})

/** Where an image comes from. Pure. */
export const labelsOf = (
  platform: string,
  { serviceId, release, algorithmId, commit }: Names,
): ImageLabels => ({
  ...serviceLabels(platform, serviceId),
  [`${prefix}release`]: String(release),
  [`${prefix}algorithm`]: algorithmId,
  [`${prefix}commit`]: commit,
})

/** The release that an image says it is of. Null if it names none. Pure. */
export function releaseOfLabels(labels: ImageLabels): { serviceId: string; release: number } | null {
  const serviceId = labels[`${prefix}service`]
  const release = Number(labels[`${prefix}release`])
  return serviceId === undefined || !Number.isInteger(release) ? null : { serviceId, release }
}

/** How an image is called on its daemon. Pure. */
export const tagOf = (
  platform: string,
  { serviceId, release }: Pick<Names, 'serviceId' | 'release'>,
): string => `vitrine-${platform}/${serviceId}:${release}`
