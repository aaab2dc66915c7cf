import type { FastifyReply, FastifyRequest } from 'fastify'
import parseRange from 'range-parser'
import type { ObjectStore } from '../adapters/object-store/object-store.ts'
import { isKnownBy, isRangeFor } from './entity-tags.ts'
import { noBytes } from './head-answers.ts'
import { rangeNotSatisfiable } from './http.errors.ts'

/**
 * Types that a page may show inline. All other files are downloads, so that an uploaded file cannot run as a
 * page of this site.
 */
const shownInPlace = /^(image\/(png|jpeg|gif|webp|bmp|avif)|audio\/|video\/)/

/**
 * Headers of a file that did not come from us. It may be viewed, but must never run as a page of this site,
 * whatever its type says.
 */
export const fileConfinement = {
  'content-security-policy': "sandbox; default-src 'none'",
  'x-content-type-options': 'nosniff',
} as const

/** The Content-Disposition of a file with this type and name: `inline` or `attachment`. */
export const dispositionOf = (mime: string, name: string): string =>
  `${shownInPlace.test(mime) ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(name)}`

/**
 * The range of bytes that a request asks for, or null for the whole object. A request for several ranges gets the whole object, and so
 * does HEAD: only for GET has a range a meaning (RFC 9110, section 14.2).
 */
function partOf(
  size: number,
  { method, headers }: FastifyRequest,
  etag: string,
): { start: number; end: number } | null {
  const { range, 'if-range': ifRange } = headers
  const condition = Array.isArray(ifRange) ? ifRange.join() : ifRange
  if (range === undefined || method === 'HEAD' || !isRangeFor(condition, etag)) return null
  const ranges = parseRange(size, range)
  if (ranges === -1) throw rangeNotSatisfiable({ size })
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return null
  return ranges[0] ?? null
}

/**
 * Answers with an object's bytes, and HEAD with its headers alone. Supports ranges, and answers 304 if the client has the object
 * already. The key contains the hash of the content, so a browser may cache it for ever.
 */
export async function sendObject(
  objects: Pick<ObjectStore, 'size' | 'read'>,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  object: { key: string; mime: string; name: string },
): Promise<FastifyReply> {
  const { key, mime, name } = object
  const etag = `"${key}"`
  // A 304 states them too: so a cache keeps for longer what it has.
  const caching = { etag, 'cache-control': 'private, max-age=31536000, immutable' }
  reply.headers(fileConfinement)
  if (isKnownBy(request.headers['if-none-match'], etag)) return reply.headers(caching).status(304).send()
  const size = await objects.size(key)
  const part = partOf(size, request, etag)
  reply.headers({
    'content-type': mime,
    'content-disposition': dispositionOf(mime, name),
    'accept-ranges': 'bytes',
    ...caching,
    'content-length': part ? part.end - part.start + 1 : size,
    ...(part && { 'content-range': `bytes ${part.start}-${part.end}/${size}` }),
  })
  reply.status(part ? 206 : 200)
  return reply.send(request.method === 'HEAD' ? noBytes() : await objects.read(key, part ?? undefined))
}
