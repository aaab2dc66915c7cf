import type { Json } from '@vitrine/contract'
import { isJsonObject } from '../json-object.ts'

/** Where a browser gets a medium from, and its MIME type where that is known. */
export type MediaSource = { url: string; mime: string | null }

/** Address of a stored medium's bytes. */
export const assetUrl = (
  id: string,
  variant: 'playable' | 'original' | 'poster' | 'thumb' = 'playable',
): string => `/api/v1/assets/${encodeURIComponent(id)}/content?variant=${variant}`

/**
 * An address that is safe to load as a medium: http(s), a path of this server, or inline bytes of an image, audio or video.
 * Everything else (`javascript:`, `data:text/html` …) is null, because results come from algorithms that are not ours.
 */
export const safeMediaUrl = (url: string): string | null => {
  if (/^data:(image|audio|video)\/[\w.+-]+[;,]/i.test(url)) return url
  if (/^\/(?!\/)/.test(url)) return url
  return /^https?:\/\//i.test(url) ? url : null
}

/** The medium that one element of `input_data` is, in any form of the contract: asset, base64 bytes or address. */
export const mediaSource = (element: Json | undefined): MediaSource | null => {
  if (!isJsonObject(element)) return null
  const mime = typeof element.mime === 'string' ? element.mime : null
  if (typeof element.asset_id === 'string') return { url: assetUrl(element.asset_id), mime }
  if (typeof element.data === 'string' && mime !== null) {
    const url = safeMediaUrl(`data:${mime};base64,${element.data}`)
    return url === null ? null : { url, mime }
  }
  if (typeof element.url !== 'string') return null
  const url = safeMediaUrl(element.url)
  return url === null ? null : { url, mime }
}

/** The medium of an element: itself, or the first one among an object's fields. */
export const firstMedia = (element: Json | undefined): MediaSource | null => {
  const own = mediaSource(element)
  if (own !== null || !isJsonObject(element)) return own
  for (const value of Object.values(element)) {
    const source = mediaSource(value)
    if (source !== null) return source
  }
  return null
}

/** Address of a small picture of an element, or null where it has none; one that is no picture fails to load. */
export const inputPreview = (element: Json | undefined): string | null => {
  if (isJsonObject(element) && typeof element.asset_id === 'string')
    return assetUrl(element.asset_id, 'thumb')
  const source = firstMedia(element)
  return source !== null && (source.mime === null || source.mime.startsWith('image/')) ? source.url : null
}
