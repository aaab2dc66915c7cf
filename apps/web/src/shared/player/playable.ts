import type { Asset, Json } from '@vitrine/contract'
import { isJsonObject } from '../json-object.ts'

/** What can be played: an address, a file that is still being prepared, a reason why not, or nothing. */
export type Playable =
  | { state: 'none' }
  | { state: 'loading' }
  | { state: 'preparing'; asset: Asset }
  | { state: 'failed'; asset: Asset }
  | { state: 'ready'; url: string; asset: Asset | null }

/** The id of the asset that an element of the input is, or of the first asset among its fields. */
export const assetIdOf = (element: Json | undefined): string | null => {
  if (!isJsonObject(element)) return null
  if (typeof element.asset_id === 'string') return element.asset_id
  for (const value of Object.values(element))
    if (isJsonObject(value) && typeof value.asset_id === 'string') return value.asset_id
  return null
}

/**
 * What can be played of an asset now. Without a form for browsers, the uploaded file is used once no more
 * forms will be made: without ffmpeg it is the only one, and browsers play many of them.
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
