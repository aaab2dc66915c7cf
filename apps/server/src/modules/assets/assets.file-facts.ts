import { fileTypeFromFile } from 'file-type'
import { imageSize } from 'image-size'
import { open } from 'node:fs/promises'
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

/** How much of a picture is read to find its size: what comes before it, such as previews and colour profiles, may be long. */
const readBytes = 512 * 1024
/**
 * The same of a picture in boxes (HEIF, AVIF), whose facts come first. For each size that it states, all boxes behind are looked through,
 * so that half a megabyte made for that would hold the platform for seconds.
 */
const readOfBoxes = 64 * 1024
const isInBoxes = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.buffer).toString('latin1', 4, 8) === 'ftyp'

async function beginningOf(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(readBytes), 0, readBytes, 0)
    // A copy, because nothing may be found behind the end of a damaged picture.
    return buffer.slice(0, Math.min(bytesRead, isInBoxes(buffer) ? readOfBoxes : readBytes))
  } finally {
    await file.close()
  }
}

/** The size in pixels of a picture as it is shown, and its EXIF orientation. Null for a damaged picture. */
export async function pictureSize(path: string) {
  try {
    const { width, height, orientation = 1 } = imageSize(await beginningOf(path))
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
