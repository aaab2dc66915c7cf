import type { GatewayEdge } from '@vitrine/contract'
import { BlockList, isIP, SocketAddress } from 'node:net'

/** Who sent a request, and to which address. All parts of the platform use these values. */
export type Client = {
  /** The address of the client, without a port. */
  address: string
  scheme: 'http' | 'https'
  /** Host and port that the client asked for. Undefined if it named none. */
  host: string | undefined
}

/** What a request claims about its client. Anybody can send these headers. */
export type Claims = {
  host: string | undefined
  forwardedFor: string | undefined
  forwardedProto: string | undefined
  forwardedHost: string | undefined
}

const hostForm = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

/** The last of the values in a header: the one that our own peer wrote. */
const lastOf = (header: string | undefined) => header?.split(',').at(-1)?.trim() ?? ''

/** An address in its usual form: an IPv4 address in IPv6 form becomes the IPv4 address. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') ? address.slice(7) : address

/** Reads an entry of `X-Forwarded-For`: an address, possibly with a port. Null if it is not an address. */
function addressIn(entry: string): string | null {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(entry) ?? []
  const [, withoutPort] = /^([\d.]+):\d+$/.exec(entry) ?? []
  const text = bracketed ?? withoutPort ?? entry
  if (isIP(text) === 4) return text
  // A zone (`fe80::1%eth0`) means nothing on another machine.
  if (isIP(text) !== 6 || text.includes('%')) return null
  return plainAddress(new SocketAddress({ address: text, family: 'ipv6' }).address)
}

/** Collects addresses and networks (CIDR) for {@link BlockList.check}. */
function networksOf(texts: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of texts) {
    const [address = '', prefix] = text.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}

/**
 * Finds the client of each request. Headers with claims about it count only if the request comes directly from a
 * trusted proxy.
 */
export class Edge {
  readonly #proxies: BlockList | null
  readonly #publicHost: string | null = null
  readonly #publicScheme: Client['scheme'] = 'http'
  /** How the hosts of services' own addresses end, with the port of the public URL. */
  readonly #ownHostsEnd: string | null = null
  /** How many connections one client address may have. */
  readonly connectionsPerClient: number

  constructor({ trusted_proxies, public_url, apps_domain, connections_per_client }: GatewayEdge) {
    this.connectionsPerClient = connections_per_client
    this.#proxies = trusted_proxies.length === 0 ? null : networksOf(trusted_proxies)
    if (public_url === null) return
    const { host, protocol, port } = new URL(public_url)
    this.#publicHost = host
    if (apps_domain !== null) this.#ownHostsEnd = `.${apps_domain}${port === '' ? '' : `:${port}`}`
    this.#publicScheme = protocol === 'https:' ? 'https' : 'http'
  }

  /** Returns the client of a request from `peer`, the address of the connection's other end. */
  clientOf(peer: string, claims: Claims): Client {
    const address = plainAddress(peer)
    if (!this.isProxy(address)) return { address, scheme: this.#schemeAt(claims.host), host: claims.host }
    const saidHost = lastOf(claims.forwardedHost)
    const host = hostForm.test(saidHost) ? saidHost : claims.host
    const saidScheme = lastOf(claims.forwardedProto).toLowerCase()
    const scheme = saidScheme === 'http' || saidScheme === 'https' ? saidScheme : this.#schemeAt(host)
    return { address: this.#behindProxies(address, claims.forwardedFor), scheme, host }
  }

  /**
   * A request for the host and port of the public URL came through the proxy that serves this URL, and so did one for
   * a service's own host.
   */
  #schemeAt(host: string | undefined): Client['scheme'] {
    if (host === undefined || this.#publicHost === null) return 'http'
    const name = host.toLowerCase()
    const isThere =
      name === this.#publicHost || (this.#ownHostsEnd !== null && name.endsWith(this.#ownHostsEnd))
    return isThere ? this.#publicScheme : 'http'
  }

  /** Whether this address, of a connection's other end or in a header, is one of a trusted proxy. */
  isProxy(said: string): boolean {
    const address = plainAddress(said)
    return this.#proxies !== null && this.#proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }

  /**
   * The last address that is not a trusted proxy. Everything to the left of it is only a claim of the client. If an
   * entry is not an address, the proxy that wrote this entry is the last known address.
   */
  #behindProxies(peer: string, forwardedFor: string | undefined): string {
    let address = peer
    const entries = forwardedFor?.split(',') ?? []
    while (this.isProxy(address)) {
      const next = addressIn(entries.pop()?.trim() ?? '')
      if (next === null) break
      address = next
    }
    return address
  }
}
