import { fileTypeFromFile } from 'file-type'
import { imageSizeFromFile } from 'image-size/fromFile'
import type { StoredAsset } from './assets.repository.ts'
import type { StoredVariant } from './assets.tables.ts'

/** What is known of a file before the media tools have looked at it. */
export type FileFacts = Pick<StoredAsset, 'kind' | 'mime' | 'width' | 'height'>

const kindOf = (mime: string): StoredAsset['kind'] => {
  const [first] = mime.split('/')
  return first === 'image' || first === 'audio' || first === 'video' || first === 'text' ? first : 'file'
}

const unknown = 'application/octet-stream'
const looksLikeText = /\.(txt|csv|json|md|srt|vtt)$/i

/** The size in pixels of a picture as it is shown, and its EXIF orientation. Null for a damaged picture. */
export async function pictureSize(path: string) {
  try {
    const { width, height, orientation = 1 } = await imageSizeFromFile(path)
    // EXIF orientations 5 to 8 turn the picture by a quarter.
    return orientation >= 5 ? { width: height, height: width, orientation } : { width, height, orientation }
  } catch {
    // A damaged picture is stored as it is. The algorithm will say what is wrong with it.
    return null
  }
}

/**
 * Finds out what a file is by its content. The name decides only for text, which has no signature. Pictures
 * come with their size in pixels.
 */
export async function inspectFile(path: string, name: string): Promise<FileFacts> {
  const mime =
    (await fileTypeFromFile(path))?.mime ?? (looksLikeText.test(name) ? 'text/plain; charset=utf-8' : unknown)
  const size = mime.startsWith('image/') ? await pictureSize(path) : null
  return { kind: kindOf(mime), mime, width: size?.width ?? null, height: size?.height ?? null }
}

/** Whether the media tools may find sound or pictures in a file of this type. True also if the type is unknown. */
export const mayHoldMedia = ({ kind, mime }: Pick<FileFacts, 'kind' | 'mime'>): boolean =>
  kind === 'audio' ||
  kind === 'video' ||
  [unknown, 'application/ogg', 'application/mxf', 'application/vnd.ms-asf'].includes(mime)

const shownByBrowsers = /^image\/(png|apng|jpeg|gif|webp|bmp|avif)$/

/** Whether browsers show a picture of this type. */
export const isShownByBrowsers = (mime: string): boolean => shownByBrowsers.test(mime)

/** The forms that the original itself serves. A picture that browsers show is all of its still forms. */
export function formsOfOriginal(facts: Pick<FileFacts, 'kind' | 'mime'>, key: string) {
  const original: StoredVariant = { key, mime: facts.mime }
  if (facts.kind === 'image')
    return isShownByBrowsers(facts.mime)
      ? { original, playable: original, poster: original, thumb: original }
      : { original }
  return facts.kind === 'audio' || facts.kind === 'video' ? { original } : { original, playable: original }
}
