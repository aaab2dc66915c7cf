import type { AssetVariant, Json } from '@vitrine/contract'
import { inject, provide, type InjectionKey } from 'vue'
import { isJsonObject } from '../json-object.ts'

/** Where a browser gets a medium from, and its MIME type where that is known. */
export type MediaSource = { url: string; mime: string | null }

/** Address of a stored medium's bytes in one of its forms. */
export type AssetAddress = (id: string, variant?: AssetVariant) => string

/** Address of a stored medium's bytes, for those who are signed in. */
export const assetUrl: AssetAddress = (id, variant = 'playable') =>
  `/api/v1/assets/${encodeURIComponent(id)}/content?variant=${variant}`

const addressKey: InjectionKey<AssetAddress> = Symbol('asset address')

/** Has everything below the calling component take stored media from `address`, e.g. from a share link's own route. */
export const provideAssetAddress = (address: AssetAddress): void => provide(addressKey, address)

/** Where the calling component takes stored media from: the signed-in route unless something above says otherwise. */
export const useAssetAddress = (): AssetAddress => inject(addressKey, assetUrl)

/**
 * An address that is safe to load as a medium: http(s), a path of this server, or inline bytes of an image, audio or video.
 * Everything else (`javascript:`, `data:text/html` …) is null, because results come from algorithms that are not ours.
 */
export const safeMediaUrl = (url: string): string | null => {
  if (/^data:(image|audio|video)\/[\w.+-]+[;,]/i.test(url)) return url
  if (/^\/(?!\/)/.test(url)) return url
  return /^https?:\/\//i.test(url) ? url : null
}

const storedMedium = /^\/api\/v1\/assets\/([\w-]+)\/content(?:\?variant=(\w+))?$/
const variants: readonly AssetVariant[] = ['playable', 'original', 'poster', 'thumb', 'waveform']

/** The safe address of a medium in a result: what the platform stored is taken from `address`, the rest as it is. */
export const resultMediaUrl = (url: string, address: AssetAddress): string | null => {
  const [, id, wanted] = storedMedium.exec(url) ?? []
  if (id === undefined) return safeMediaUrl(url)
  return address(
    id,
    variants.find((variant) => variant === wanted),
  )
}

/** The medium that one element of `input_data` is, in any form of the contract: asset, base64 bytes or address. */
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

/** The medium of an element: itself, or the first one among an object's fields. */
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

/** Address of a small picture of an element, or null where it has none; one that is no picture fails to load. */
export const inputPreview = (element: Json | undefined, address: AssetAddress = assetUrl): string | null => {
  if (isJsonObject(element) && typeof element.asset_id === 'string') return address(element.asset_id, 'thumb')
  const source = firstMedia(element, address)
  return source !== null && (source.mime === null || source.mime.startsWith('image/')) ? source.url : null
}
