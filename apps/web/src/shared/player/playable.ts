import type { Asset, Json } from '@vitrine/contract'
import { isJsonObject } from '../json-object.ts'

/** What there is to play: an address, the medium still being made ready, why there is none, or nothing at all. */
export type Playable =
  | { state: 'none' }
  | { state: 'loading' }
  | { state: 'preparing'; asset: Asset }
  | { state: 'failed'; asset: Asset }
  | { state: 'ready'; url: string; asset: Asset | null }

/** The asset that an element of the input is, or that the first of its fields is. */
export const assetIdOf = (element: Json | undefined): string | null => {
  if (!isJsonObject(element)) return null
  if (typeof element.asset_id === 'string') return element.asset_id
  for (const value of Object.values(element))
    if (isJsonObject(value) && typeof value.asset_id === 'string') return value.asset_id
  return null
}

/**
 * What can be played of an asset now. One without a form for browsers is tried as it was uploaded once nothing more will be made
 * of it: without ffmpeg that is all there is, and many browsers play it.
 */
export const playableOf = (
  asset: Asset,
  url: (id: string, variant: 'playable' | 'original') => string,
): Playable => {
  if (asset.variants.includes('playable')) return { state: 'ready', url: url(asset.id, 'playable'), asset }
  if (asset.status === 'processing') return { state: 'preparing', asset }
  if (asset.status === 'failed') return { state: 'failed', asset }
  return { state: 'ready', url: url(asset.id, 'original'), asset }
}
