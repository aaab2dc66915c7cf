import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { pipeline, type Readable } from 'node:stream'
import { promisify } from 'node:util'
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib'

/** Below this an answer fits into one packet of the network anyway, in bytes. */
const leastBytes = 1024

const brotliOf = promisify(brotliCompress)
const gzipOf = promisify(gzip)
// At the default 11 brotli takes a hundred times as long, for a tenth fewer bytes.
const quick = { [constants.BROTLI_PARAM_QUALITY]: 4 }
const codings = {
  // brotli makes its tables for the size that it is told: a third less time for some hundred KB.
  br: (text: Buffer): Promise<Buffer> =>
    brotliOf(text, { params: { ...quick, [constants.BROTLI_PARAM_SIZE_HINT]: text.length } }),
  gzip: (text: Buffer): Promise<Buffer> => gzipOf(text),
}

const compressors = { br: () => createBrotliCompress({ params: quick }), gzip: () => createGzip() }

/** The coding for an answer by what `Accept-Encoding` takes, brotli before gzip; null where it takes neither. Pure. */
function codingFor(accepted: string): Coding | null {
  const taken = new Set(
    accepted
      .toLowerCase()
      .split(',')
      .map((part) => part.replaceAll(' ', ''))
      .filter((part) => !/;q=0(\.0*)?$/.test(part))
      .map((part) => part.split(';')[0]),
  )
  if (taken.has('br')) return 'br'
  return taken.has('gzip') ? 'gzip' : null
}

const isCompressed = ({ method, routeOptions }: FastifyRequest) =>
  method === 'GET' && routeOptions.config.access !== 'public'

/** How an answer is compressed. */
export type Coding = keyof typeof codings

/**
 * The coding of an answer in JSON; null where it is not compressed. Where it may be, the answer says that it has several codings, so
 * that a cache keeps each.
 */
export function chooseCoding(reply: FastifyReply): Coding | null {
  const { request } = reply
  if (!isCompressed(request)) return null
  const vary = reply.getHeader('vary')
  reply.header('vary', vary === undefined ? 'accept-encoding' : `${String(vary)}, accept-encoding`)
  return codingFor(request.headers['accept-encoding'] ?? '')
}

/** A whole answer compressed; null where that is not worth it. */
export const compress = (text: Buffer, coding: Coding): Promise<Buffer> | null =>
  text.length < leastBytes ? null : codings[coding](text)

/** A long text in JSON on its way to its reader, compressed as {@link addCompressedAnswers} compresses short ones. */
export function compressedStream(reply: FastifyReply, text: Readable): Readable {
  const coding = chooseCoding(reply)
  if (coding === null) return text
  reply.header('content-encoding', coding)
  // Whichever of the two ends early ends the other; the connection shows that to the reader.
  return pipeline(text, compressors[coding](), () => undefined)
}

/**
 * Compresses JSON that is read by GET behind sign-in. Nothing else is compressed: not streams, events and media,
 * and not responses with a secret (tokens, keys, cookies), which are POST or public, because a compressed length
 * could reveal it.
 */
export function addCompressedAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply, payload) => {
    const isJson = String(reply.getHeader('content-type') ?? '').startsWith('application/json')
    if (typeof payload !== 'string' || !isJson) return payload
    const coding = chooseCoding(reply)
    const bytes = coding && (await compress(Buffer.from(payload), coding))
    if (!bytes) return payload
    reply.header('content-encoding', coding).header('content-length', bytes.length)
    return bytes
  })
}
