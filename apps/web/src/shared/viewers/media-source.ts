import type { AssetVariant, Json } from '@vitrine/contract'
import { assetVariants } from '@vitrine/contract/choices'
import { inject, provide, type InjectionKey } from 'vue'
import { isJsonObject } from '../json-object.ts'

/** Where a browser loads a media file from, and its MIME type if known. */
export type MediaSource = { url: string; mime: string | null }

/** The address of one form of a stored media file. */
export type AssetAddress = (id: string, variant?: AssetVariant) => string

/** The address of a stored media file for people who are signed in. */
export const assetUrl: AssetAddress = (id, variant = 'playable') =>
  `/api/v1/assets/${encodeURIComponent(id)}/content?variant=${variant}`

const addressKey: InjectionKey<AssetAddress> = Symbol('asset address')

/**
 * Lets everything below the calling component load stored media from `address`, e.g. from a share link's own
 * route.
 */
export const provideAssetAddress = (address: AssetAddress): void => provide(addressKey, address)

/**
 * Where the calling component loads stored media from. It is the route for signed-in people, unless a
 * component above sets another one.
 */
export const useAssetAddress = (): AssetAddress => inject(addressKey, assetUrl)

/**
 * An address that is safe to load as media: http(s), a path of this server, or inline bytes of an image,
 * audio or video. Null for everything else (`javascript:`, `data:text/html` …), because results come from
 * untrusted algorithms.
 */
export const safeMediaUrl = (url: string): string | null => {
  if (/^data:(image|audio|video)\/[\w.+-]+[;,]/i.test(url)) return url
  if (/^\/(?!\/)/.test(url)) return url
  return /^https?:\/\//i.test(url) ? url : null
}

const storedMedium = /^\/api\/v1\/assets\/([\w-]+)\/content(?:\?variant=(\w+))?$/

/** The safe address of media in a result. Stored media come from `address`; other addresses stay. */
export const resultMediaUrl = (url: string, address: AssetAddress): string | null => {
  const [, id, wanted] = storedMedium.exec(url) ?? []
  if (id === undefined) return safeMediaUrl(url)
  return address(
    id,
    assetVariants.find((variant) => variant === wanted),
  )
}

/** The media file of one element of `input_data`, in any form of the contract: asset, base64 bytes or address. */
export const mediaSource = (
  element: Json | undefined,
  address: AssetAddress = assetUrl,
): MediaSource | null => {
  if (!isJsonObject(element)) return null
  const mime = typeof element.mime === 'string' ? element.mime : null
  if (typeof element.asset_id === 'string') return { url: address(element.asset_id), mime }
  if (typeof element.data === 'string' && mime !== null) {
    const url = safeMediaUrl(`data:${mime};base64,${element.data}`)
    return url === null ? null : { url, mime }
  }
  if (typeof element.url !== 'string') return null
  const url = safeMediaUrl(element.url)
  return url === null ? null : { url, mime }
}

/** The media file of an element: the element itself, or the first one among an object's fields. */
export const firstMedia = (
  element: Json | undefined,
  address: AssetAddress = assetUrl,
): MediaSource | null => {
  const own = mediaSource(element, address)
  if (own !== null || !isJsonObject(element)) return own
  for (const value of Object.values(element)) {
    const source = mediaSource(value, address)
    if (source !== null) return source
  }
  return null
}

/**
 * The address of a small picture of an element. Null if it has none. If it turns out not to be a picture,
 * loading fails.
 */
export const inputPreview = (element: Json | undefined, address: AssetAddress = assetUrl): string | null => {
  if (isJsonObject(element) && typeof element.asset_id === 'string') return address(element.asset_id, 'thumb')
  const source = firstMedia(element, address)
  return source !== null && (source.mime === null || source.mime.startsWith('image/')) ? source.url : null
}
