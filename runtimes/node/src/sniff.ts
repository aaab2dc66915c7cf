import { extname } from 'node:path'

const magic: readonly (readonly [offset: number, bytes: string, mime: string])[] = [
  [0, '\x89PNG\r\n\x1a\n', 'image/png'],
  [0, '\xff\xd8\xff', 'image/jpeg'],
  [0, 'GIF8', 'image/gif'],
  [8, 'WEBP', 'image/webp'],
  [8, 'WAVE', 'audio/wav'],
  [8, 'AVI ', 'video/x-msvideo'],
  [0, 'BM', 'image/bmp'],
  [0, 'ID3', 'audio/mpeg'],
  [0, '\xff\xfb', 'audio/mpeg'],
  [0, '\xff\xf3', 'audio/mpeg'],
  [0, '\xff\xf2', 'audio/mpeg'],
  [0, 'fLaC', 'audio/flac'],
  [0, 'OggS', 'audio/ogg'],
  [4, 'ftypM4A ', 'audio/mp4'],
  [4, 'ftypavif', 'image/avif'],
  [4, 'ftypheic', 'image/heic'],
  [4, 'ftypqt  ', 'video/quicktime'],
  [4, 'ftyp', 'video/mp4'],
  [0, '\x1aE\xdf\xa3', 'video/webm'],
  [0, '%PDF-', 'application/pdf'],
  [0, 'PK\x03\x04', 'application/zip'],
]
const extensions: Readonly<Record<string, string>> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/gif': '.gif',
  'image/webp': '.webp',
  'image/bmp': '.bmp',
  'image/avif': '.avif',
  'image/heic': '.heic',
  'image/svg+xml': '.svg',
  'audio/wav': '.wav',
  'audio/x-wav': '.wav',
  'audio/mpeg': '.mp3',
  'audio/flac': '.flac',
  'audio/ogg': '.ogg',
  'audio/mp4': '.m4a',
  'video/mp4': '.mp4',
  'video/webm': '.webm',
  'video/x-msvideo': '.avi',
  'video/quicktime': '.mov',
  'application/pdf': '.pdf',
  'application/zip': '.zip',
  'text/plain': '.txt',
  'text/html': '.html',
  'text/csv': '.csv',
  'application/json': '.json',
}
const byName = new Map(
  Object.entries(extensions).flatMap(([mime, end]) => (mime === 'audio/x-wav' ? [] : [[end, mime]])),
)
const unknownType = 'application/octet-stream'

/** Two letters are also the beginning of a text such as “BMI,age”, so the reserved bytes of a bitmap count, too. */
const isBitmap = (head: Buffer): boolean => head.length >= 10 && head.readUInt32LE(6) === 0

/** Returns the type of a file by its first 16 bytes, or else by its name. */
export function mimeOf(head: Buffer, name = ''): string {
  const text = head.toString('latin1')
  const found = magic.find(
    ([offset, bytes, mime]) => text.startsWith(bytes, offset) && (mime !== 'image/bmp' || isBitmap(head)),
  )
  return found?.[2] ?? byName.get(extname(name).toLowerCase()) ?? unknownType
}

/**
 * Returns the usual extension for a file: by its content, else by a given type; empty if both are unknown.
 */
export function extensionOf(head: Buffer, said: string): string {
  const mime = mimeOf(head)
  return extensions[mime === unknownType ? (said.split(';')[0] ?? '').trim().toLowerCase() : mime] ?? ''
}

/** `image`, `audio`, `video` or `file`. */
export function kindOf(mime: string): string {
  const family = mime.split('/')[0] ?? ''
  return ['image', 'audio', 'video'].includes(family) ? family : 'file'
}

/**
 * Returns width and height in pixels of a PNG, GIF or JPEG, from its first bytes; null if they are not in
 * them.
 */
export function pictureSize(content: Buffer): { width: number; height: number } | null {
  const mime = mimeOf(content.subarray(0, 16))
  if (mime === 'image/png' && content.length >= 24) {
    return { width: content.readUInt32BE(16), height: content.readUInt32BE(20) }
  }
  if (mime === 'image/gif' && content.length >= 10) {
    return { width: content.readUInt16LE(6), height: content.readUInt16LE(8) }
  }
  return mime === 'image/jpeg' ? jpegSize(content) : null
}

function jpegSize(content: Buffer): { width: number; height: number } | null {
  let at = 2
  while (at + 9 <= content.length && content[at] === 0xff) {
    const marker = content[at + 1] ?? 0
    // Start of frame; C4, C8 and CC are tables, not frames (ITU T.81, table B.1).
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { width: content.readUInt16BE(at + 7), height: content.readUInt16BE(at + 5) }
    }
    at += 2 + content.readUInt16BE(at + 2)
  }
  return null
}
