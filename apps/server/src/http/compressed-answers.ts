import type { FastifyInstance } from 'fastify'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/** Below this an answer fits into one packet of the network anyway, in bytes. */
const leastBytes = 1024

const brotliOf = promisify(brotliCompress)
const gzipOf = promisify(gzip)
// At the default 11 brotli takes a hundred times as long, for a tenth fewer bytes.
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }
const codings = {
  br: (text: string): Promise<Buffer> => brotliOf(text, quick),
  gzip: (text: string): Promise<Buffer> => gzipOf(text),
}

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

/**
 * Compresses JSON that is read by GET behind sign-in. Nothing else is compressed: not streams, events and media,
 * and not responses with a secret (tokens, keys, cookies), which are POST or public, because a compressed length
 * could reveal it.
 */
export function addCompressedAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const isJson = String(reply.getHeader('content-type') ?? '').startsWith('application/json')
    if (request.method !== 'GET' || request.routeOptions.config.access === 'public') return payload
    if (typeof payload !== 'string' || !isJson) return payload
    const vary = reply.getHeader('vary')
    reply.header('vary', vary === undefined ? 'accept-encoding' : `${String(vary)}, accept-encoding`)
    const coding = codingFor(request.headers['accept-encoding'] ?? '')
    if (coding === null || Buffer.byteLength(payload) < leastBytes) return payload
    const bytes = await codings[coding](payload)
    reply.header('content-encoding', coding).header('content-length', bytes.length)
    return bytes
  })
}
