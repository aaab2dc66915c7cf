import { rowId, type Json } from '@vitrine/contract'
import { mayBeShownBy } from '../../lib/policy.ts'
import type { AssetsRepository } from './assets.repository.ts'

/**
 * The ids of the media files in elements, at any depth, because an element may be an object with several
 * inputs. A value that cannot be an asset id belongs to the algorithm.
 */
export function assetIdsIn(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(assetIdsIn)
  return Object.entries(value).flatMap(([name, part]) =>
    name === 'asset_id' && rowId.safeParse(part).success ? [String(part)] : assetIdsIn(part),
  )
}

/** The names of media files that can be ids. Pure. */
export const assetIdsAmong = (named: readonly Json[]): string[] => [
  ...new Set(named.flatMap((id) => (rowId.safeParse(id).success ? [String(id)] : []))),
]

/** The media file, if the element itself names one; otherwise null. */
export const assetIdOf = (element: Json | undefined): string | null =>
  typeof element === 'object' &&
  element !== null &&
  !Array.isArray(element) &&
  typeof element.asset_id === 'string'
    ? element.asset_id
    : null

/**
 * The first media file in elements that their owner may not show to everybody, or that does not exist. Null if there is
 * none: stages and share links may show these elements to people who may not read the files themselves.
 *
 * @param ownerId who owns the algorithm or the service; null if they are gone
 */
export async function hiddenAssetIn(
  deps: { assets: Pick<AssetsRepository, 'get'> },
  elements: Json,
  ownerId: string | null,
): Promise<string | null> {
  for (const id of new Set(assetIdsIn(elements))) {
    const asset = await deps.assets.get(id)
    if (!asset || ownerId === null || !mayBeShownBy({ ownerId }, asset)) return id
  }
  return null
}
