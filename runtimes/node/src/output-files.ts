import { createReadStream, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename } from 'node:path'
import { pipeline } from 'node:stream'
import { kindOf } from './sniff.ts'

/**
 * The first and last byte of a `Range` header; null if there is none or it is not understood, `'none'` if the
 * range is outside the file.
 */
function rangeOf(header: string | undefined, size: number): { first: number; last: number } | 'none' | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (from === '' && to === '') return null
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return first > last || first >= size ? 'none' : { first, last }
}

/** Sends a returned file, or the requested range of it. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { path, mime }: { path: string; mime: string },
): void {
  const { size } = statSync(path)
  const range = rangeOf(request.headers.range, size)
  if (range === 'none') {
    response.writeHead(416, { 'content-range': `bytes */${size}` }).end()
    return
  }
  const { first, last } = range ?? { first: 0, last: size - 1 }
  response.writeHead(range ? 206 : 200, {
    'content-type': mime,
    'content-length': last - first + 1,
    'accept-ranges': 'bytes',
    // A result is only shown, so a page or an SVG with a script in it gets no rights.
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    ...(range && { 'content-range': `bytes ${first}-${last}/${size}` }),
    ...(kindOf(mime) === 'file' && { 'content-disposition': `attachment; filename="${basename(path)}"` }),
  })
  if (request.method === 'HEAD' || size === 0) response.end()
  // It closes the file also if the caller leaves, and the connection if the file cannot be read.
  else pipeline(createReadStream(path, { start: first, end: last }), response, () => undefined)
}
