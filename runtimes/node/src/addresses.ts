import { lookup } from 'node:dns/promises'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Problem } from './problem.ts'

const hops = 5
const timeoutMs = 30_000
const redirects: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308])

/** How names are resolved, and which addresses are allowed. */
export type Reach = {
  resolve(host: string): Promise<string[]>
  isAllowed(address: string): boolean
}

/**
 * The range that contains all assigned public IPv6 addresses (RFC 4291, section 2.4). Outside of it are forms that lead
 * to an IPv4 address, such as `::10.0.0.1`.
 */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Whether an IP address belongs to the public internet. For an IPv4 address inside IPv6, the IPv4 address
 * counts.
 */
export function isPublic(address: string): boolean {
  const ip = ipaddr.process(address)
  if (ip instanceof ipaddr.IPv6 && ip.range() === 'rfc6052') {
    // 64:ff9b::/96: the last 32 bits are the IPv4 address (RFC 6052).
    return isPublic(ip.toByteArray().slice(12).join('.'))
  }
  return ip.range() === 'unicast' && (ip instanceof ipaddr.IPv4 || ip.match(globalUnicast))
}

/** The public internet, with the system's resolver. */
const publicReach: Reach = {
  async resolve(host) {
    if (isIP(host) !== 0) return [host]
    return (await lookup(host, { all: true })).map((found) => found.address)
  },
  isAllowed: isPublic,
}

const words = (error: unknown) => (error instanceof Error ? error.message : String(error))

async function addressOf(host: string, reach: Reach): Promise<string> {
  const found = await reach.resolve(host).catch((error: unknown) => {
    throw new Problem('media.fetch_failed', { values: { reason: `${host}: ${words(error)}` } })
  })
  const first = found[0]
  if (first === undefined || !found.every((address) => reach.isAllowed(address))) {
    throw new Problem('media.url_refused', { values: { reason: `${host} is not a public address` } })
  }
  return first
}

/**
 * Connects to the very address that was checked, so that a name cannot resolve to another one a moment later.
 */
function get(url: URL, host: string, address: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestHttps : requestHttp
    const options = {
      host: address,
      servername: isIP(host) === 0 ? host : undefined,
      port: url.port || undefined,
      path: url.pathname + url.search,
      headers: { host: url.host, 'user-agent': 'vitrine-runtime' },
      timeout: timeoutMs,
      agent: false,
      signal,
    }
    const sent = request(options, resolve)
    sent.on('timeout', () => sent.destroy(new Error('timed out')))
    sent.on('error', (error) =>
      reject(new Problem('media.fetch_failed', { values: { reason: `${host}: ${error.message}` } })),
    )
    sent.end()
  })
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : null
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Problem('media.url_refused', { values: { reason: 'only http and https' } })
  }
  return url
}

/**
 * GETs a URL and follows redirects. Each hop is resolved and checked. The answer has status 200, and its body
 * is not read yet. Rejects with {@link Problem}: `media.url_refused` for an address that is not allowed, else
 * `media.fetch_failed`; or with the reason of the signal.
 */
export async function openUrl(
  text: string,
  signal: AbortSignal,
  reach: Reach = publicReach,
): Promise<IncomingMessage> {
  let url = parseUrl(text)
  for (let hop = 0; hop < hops; hop++) {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    const address = await addressOf(host, reach)
    signal.throwIfAborted()
    const response = await get(url, host, address, signal).catch((error: unknown) => {
      signal.throwIfAborted()
      throw error
    })
    if (response.statusCode === 200) return response
    response.destroy()
    const { location } = response.headers
    if (!redirects.has(response.statusCode) || location === undefined) {
      throw new Problem('media.fetch_failed', { values: { reason: `HTTP ${response.statusCode}` } })
    }
    url = parseUrl(location, url)
  }
  throw new Problem('media.fetch_failed', { values: { reason: 'too many redirects' } })
}
