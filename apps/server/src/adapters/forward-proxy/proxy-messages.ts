import type { IncomingMessage } from 'node:http'
import { canonicalHost } from '../../lib/machine-addresses.ts'
import { AddressRefused } from './reach-destination.ts'
import type { Destination } from './upstream-proxy.ts'

/** Why a request was refused, or failed. */
export type ProxyRefusal =
  | { why: 'not_allowed' | 'too_much' | 'too_many'; destination: Destination }
  | { why: 'address'; destination: Destination; address: string }
  | { why: 'failed'; destination: Destination; said: string }
  | { why: 'not_understood'; said: string }

/** Headers that are about one connection and not about the request. */
const ofConnection = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'content-length'],
])

/** The headers of a request or answer that are passed on. Pure. */
export const passedOn = (headers: IncomingMessage['headers']) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.has(name)))

/** The longest name of a host, in characters. */
export const longestHost = 253

/** The destination of CONNECT, `host:port`. Null if the text is not a destination. */
export function destinationOf(authority = ''): Destination | null {
  const [, bracketed, plain, port = ''] =
    /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]+)):(\d{1,5})$/i.exec(authority) ?? []
  const host = bracketed ?? plain
  if (host === undefined || host.length > longestHost) return null
  if (Number(port) < 1 || Number(port) > 65_535) return null
  return { host: canonicalHost(host), port: Number(port) }
}

/** The status by which a client is told a refusal, and its words in HTTP. Pure. */
export const statusOf = ({ why }: ProxyRefusal): [number, string] => {
  if (why === 'failed') return [502, 'Bad Gateway']
  if (why === 'too_many') return [503, 'Service Unavailable']
  return why === 'not_understood' ? [400, 'Bad Request'] : [403, 'Forbidden']
}

/** The refusal for an error of a connection to a destination. Pure. */
export function refusalOf(error: unknown, destination: Destination): ProxyRefusal {
  if (error instanceof AddressRefused) return { why: 'address', destination, address: error.address }
  return { why: 'failed', destination, said: error instanceof Error ? error.message : String(error) }
}

/** The size of a request without a body, in bytes. */
export const bytesOf = ({ url = '', rawHeaders }: IncomingMessage) => url.length + rawHeaders.join('').length

/** The headers of an answer, with its length: the body is passed on as it is. */
export const passedBack = ({ headers }: IncomingMessage) => ({
  ...passedOn(headers),
  ...(headers['content-length'] !== undefined && { 'content-length': headers['content-length'] }),
})
