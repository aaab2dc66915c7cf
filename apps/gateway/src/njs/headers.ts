import { instanceSecretHeader } from '@vitrine/contract/gateway-names'
import type { NjsRequest } from './host.ts'

/** Headers that nginx itself writes, or that are hop-by-hop (RFC 9110, section 7.6.1). */
const dropped = [
  'host',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'expect',
  'forwarded',
  'http2-settings',
  'x-real-ip',
  'x-request-id',
  'authorization',
  'cookie',
  instanceSecretHeader,
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
        !dropped.includes(lower) &&
        !named.includes(lower) &&
        !lower.startsWith('x-forwarded-') &&
        !lower.startsWith('x-vitrine-')
      )
    })
    .map(([name, value]) => `\r\n${name}: ${value}`)
  return lines.join('')
}
