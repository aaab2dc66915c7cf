import { endingHeaders, isGatewayHeader } from '@vitrine/contract/gateway-requests'
import type { NjsRequest } from './host.ts'

/** Headers that nginx itself writes or leaves out. */
const writtenByNginx = [
  'host',
  'connection',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'x-request-id',
  'authorization',
  'cookie',
]

/**
 * The client's headers that may be passed on, one per line. They are appended to the value of a header that
 * nginx writes (`$vt_passed_headers`), because nginx cannot leave out a header whose name it learns from the
 * request, such as one that `Connection` names. No value can contain a line end, since nginx's parser has
 * accepted it.
 */
export function passedHeaders(r: NjsRequest): string {
  const named = (r.headersIn.Connection ?? '').split(',').map((name) => name.trim().toLowerCase())
  const lines = r.rawHeadersIn
    .filter(([name]) => {
      const lower = name.toLowerCase()
      return (
        !writtenByNginx.includes(lower) &&
        !endingHeaders.includes(lower) &&
        !isGatewayHeader(lower) &&
        !named.includes(lower)
      )
    })
    .map(([name, value]) => `\r\n${name}: ${value}`)
  return lines.join('')
}
