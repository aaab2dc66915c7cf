import { lookup } from 'node:dns/promises'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { withoutBrackets } from '../../lib/machine-addresses.ts'
import { publicElsewhere } from '../../lib/public-address.ts'

const hops = 5
const redirects: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308])

/** Refusals that another attempt may not meet: too slow, too early, too often. */
const passing: ReadonlySet<number> = new Set([408, 425, 429])
/** Whether another attempt would be refused again. */
const isFinal = (status: number): boolean => status >= 400 && status < 500 && !passing.has(status)

/** How names are resolved, and which addresses are allowed. */
export type Reach = {
  resolve: (host: string) => Promise<string[]>
  isAllowed: (address: string) => boolean
}

const resolveHere: Reach['resolve'] = async (host) =>
  isIP(host) === 0 ? (await lookup(host, { all: true })).map(({ address }) => address) : [host]

/** The public internet, without this machine. */
export const publicReach: Reach = {
  resolve: resolveHere,
  isAllowed: (address) => publicElsewhere()(address),
}
/** Includes this machine and private networks. */
export const wholeReach: Reach = { resolve: resolveHere, isAllowed: () => true }

/** Nothing but a {@link HomeServer}. */
export const noReach: Reach = { resolve: resolveHere, isAllowed: () => false }

/**
 * A server that an administrator has set up. It may be at any address, and it alone gets these headers, which hold what opens it: also
 * when it leads on to another one.
 */
export type HomeServer = { origin: string; headers: Record<string, string> }

/** An address that must not be asked, or an answer that another attempt would give again at once. */
export class UrlRefused extends Error {
  constructor(
    message: string,
    /** Whether it may be answered later, with the same URL. */
    readonly mayPass = false,
  ) {
    super(message)
  }
}

async function addressOf(host: string, { resolve, isAllowed }: Reach): Promise<string> {
  const found = await resolve(host)
  const [first] = found
  if (first === undefined || !found.every(isAllowed)) throw new UrlRefused(`${host} is not a public address`)
  return first
}

/**
 * Connects to the very address that was checked, so that a name cannot resolve to another one a moment later. The answer
 * breaks off if nothing arrives for `idleMs`.
 */
function get(
  url: URL,
  { host, address, headers, idleMs, signal }: Asking & { host: string; address: string },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestHttps : requestHttp
    const sent = request(
      {
        host: address,
        servername: isIP(host) === 0 ? host : undefined,
        port: url.port || undefined,
        path: url.pathname + url.search,
        headers: { ...headers, host: url.host, 'user-agent': 'vitrine', 'accept-encoding': 'identity' },
        timeout: idleMs,
        agent: false,
        signal,
      },
      (response) => {
        answer = response
        resolve(response)
      },
    )
    let answer: IncomingMessage | null = null
    sent.on('timeout', () => (answer ?? sent).destroy(new Error(`nothing arrived for ${idleMs / 1000} s`)))
    sent.on('error', reject)
    sent.end()
  })
}

type Asking = {
  /** Sent to every server that the URL leads to. */
  headers: Record<string, string>
  /** Sent only with the first request, and not to what that redirects to: they open the server of the URL alone. */
  stated?: Record<string, string> | undefined
  idleMs: number
  signal: AbortSignal
  home?: HomeServer | undefined
}

function parsed(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : null
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new UrlRefused('only http and https')
  return url
}

/**
 * GETs a URL and follows redirects. Each hop is resolved and checked, unless it is at the home server. The status is 200 or 206, and
 * the body is not read yet.
 * Rejects with {@link UrlRefused} for an address that is not allowed and for an answer that another attempt would give again.
 */
export async function openUrl(text: string, reach: Reach, asking: Asking): Promise<IncomingMessage> {
  let url = parsed(text)
  const { origin } = url
  const { home } = asking
  for (let hop = 0; hop < hops; hop++) {
    const host = withoutBrackets(url.hostname)
    const isHome = url.origin === home?.origin
    // A name that is not checked may have several addresses, which are tried one after the other.
    const address = isHome ? host : await addressOf(host, reach)
    const isFirst = url.origin === origin
    const headers = {
      ...(isFirst && asking.stated),
      ...asking.headers,
      ...(isHome && home?.headers),
    }
    const response = await get(url, { ...asking, headers, host, address })
    const { statusCode = 0 } = response
    if (statusCode === 200 || statusCode === 206) return response
    response.destroy()
    const { location } = response.headers
    if (!redirects.has(statusCode) || location === undefined) {
      const said = `HTTP ${statusCode}`
      throw isFinal(statusCode) ? new UrlRefused(said) : new Error(said)
    }
    url = parsed(location, url)
  }
  throw new UrlRefused('too many redirects')
}
