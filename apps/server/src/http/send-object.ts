import type { FastifyReply, FastifyRequest } from 'fastify'
import parseRange from 'range-parser'
import type { ObjectStore } from '../adapters/object-store/object-store.ts'
import { rangeNotSatisfiable } from './http.errors.ts'

/** Types that a page may show in place; everything else is offered as a download, so that no upload runs as a page of ours. */
const shownInPlace = /^(image\/(png|jpeg|gif|webp|bmp|avif)|audio\/|video\/)/

/** How a browser treats a file of this type and name: shown in place, or saved. */
export const dispositionOf = (mime: string, name: string): string =>
  `${shownInPlace.test(mime) ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(name)}`

/** What a Range header asks of an object: its part, or null for all of it. Several parts are answered by all of it. */
function partOf(size: number, header: string | undefined): { start: number; end: number } | null {
  if (header === undefined) return null
  const ranges = parseRange(size, header)
  if (ranges === -1) throw rangeNotSatisfiable({ size })
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return null
  return ranges[0] ?? null
}

/**
 * Answers with an object's bytes, with ranges; 304 to who has it already. Its key is made of its content's hash, so a browser may keep
 * it for ever.
 */
export async function sendObject(
  objects: Pick<ObjectStore, 'size' | 'read'>,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  object: { key: string; mime: string; name: string },
): Promise<FastifyReply> {
  const { key, mime, name } = object
  const etag = `"${key}"`
  if (request.headers['if-none-match'] === etag) return reply.status(304).send()
  const size = await objects.size(key)
  const part = partOf(size, request.headers.range)
  reply.headers({
    'content-type': mime,
    'content-disposition': dispositionOf(mime, name),
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=31536000, immutable',
    etag,
    'content-length': part ? part.end - part.start + 1 : size,
    ...(part && { 'content-range': `bytes ${part.start}-${part.end}/${size}` }),
  })
  return reply.status(part ? 206 : 200).send(await objects.read(key, part ?? undefined))
}
