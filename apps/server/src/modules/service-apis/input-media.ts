import { rowId, type Json } from '@vitrine/contract'
import { isObject } from '@vitrine/contract/schema-check'
import type { ObjectStore } from '../../adapters/object-store/object-store.ts'
import type { AssetsRepository } from '../assets/assets.repository.ts'
import { endingOfType, typeByContent } from './api-answer.ts'
import type { MediaBytes } from './api-request.ts'

/** The largest file that is sent in one request, in bytes. It is held in memory. */
const largestMediaBytes = 64 * 1024 * 1024

/** Why an element is not a media file that can be sent, and how many bytes it may have. */
export type MediaMisfit = { why: 'no_file' | 'not_found' | 'too_large'; limitBytes: number }

/** An element is not a media file that can be sent. */
export class MediaRefused extends Error {
  readonly misfit: MediaMisfit

  constructor(why: MediaMisfit['why']) {
    super(`the media file of an input cannot be sent: ${why}`)
    this.misfit = { why, limitBytes: largestMediaBytes }
  }
}

/** How a file is read. `take` waits until there is room in memory for so many bytes. */
type MediaReading = { signal: AbortSignal; take: (bytes: number) => Promise<void> }
/** Reads the media file of an element: `{asset_id}`, or `{data, mime}` with base64. Throws {@link MediaRefused}. */
export type ReadMedia = (element: Json, reading: MediaReading) => Promise<MediaBytes>

/** How often the bytes of a file are in memory until it is sent: as they are, as base64, in a JSON text, in the body. */
const timesInMemory = 5

function inlineMedia(element: Record<string, unknown>): MediaBytes | null {
  const { data, mime } = element
  if (typeof data !== 'string') return null
  const content = Buffer.from(data, 'base64')
  const said = typeof mime === 'string' && /^[\w.+-]+\/[\w.+-]+$/.test(mime) ? mime : undefined
  const type = said ?? typeByContent(content) ?? 'application/octet-stream'
  // Many servers go by the ending of a name, and refuse a file without one.
  return { content, mime: type, name: `input${endingOfType(type)}` }
}

/**
 * Reads media files from the store. Whoever starts a run has been checked to be allowed to use the files in its input.
 */
export const readMediaFrom =
  (deps: { assets: Pick<AssetsRepository, 'get'>; objects: Pick<ObjectStore, 'read'> }): ReadMedia =>
  async (element, { signal, take }) => {
    if (!isObject(element)) throw new MediaRefused('no_file')
    const inline = inlineMedia(element)
    if (inline) {
      await take(inline.content.length * timesInMemory)
      return inline
    }
    const id = rowId.safeParse(element.asset_id)
    const row = id.success ? await deps.assets.get(id.data) : null
    const original = row?.variants.original
    if (!row || !original) throw new MediaRefused('not_found')
    if (row.size > largestMediaBytes) throw new MediaRefused('too_large')
    await take(row.size * timesInMemory)
    const chunks: Buffer[] = []
    for await (const chunk of await deps.objects.read(original.key)) {
      signal.throwIfAborted()
      chunks.push(Buffer.from(chunk))
    }
    return { content: Buffer.concat(chunks), mime: original.mime, name: row.name }
  }
