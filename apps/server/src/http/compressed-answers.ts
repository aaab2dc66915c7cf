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
function codingFor(accepted: string): keyof typeof codings | null {
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

/** The coding for an answer in JSON to a request; null where it is not compressed. Pure. */
const codingOf = (request: FastifyRequest): keyof typeof codings | null =>
  isCompressed(request) ? codingFor(request.headers['accept-encoding'] ?? '') : null

/** Says that an answer has several codings, so that a cache keeps each. */
function varyByCoding(reply: FastifyReply): void {
  const vary = reply.getHeader('vary')
  reply.header('vary', vary === undefined ? 'accept-encoding' : `${String(vary)}, accept-encoding`)
}

/** A long text in JSON on its way to its reader, compressed as {@link addCompressedAnswers} compresses short ones. */
export function compressedStream(reply: FastifyReply, text: Readable): Readable {
  const { request } = reply
  if (isCompressed(request)) varyByCoding(reply)
  const coding = codingOf(request)
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
  app.addHook('onSend', async (request, reply, payload) => {
    const isJson = String(reply.getHeader('content-type') ?? '').startsWith('application/json')
    if (typeof payload !== 'string' || !isJson || !isCompressed(request)) return payload
    varyByCoding(reply)
    const coding = codingOf(request)
    if (coding === null) return payload
    const text = Buffer.from(payload)
    if (text.length < leastBytes) return payload
    const bytes = await codings[coding](text)
    reply.header('content-encoding', coding).header('content-length', bytes.length)
    return bytes
  })
}
