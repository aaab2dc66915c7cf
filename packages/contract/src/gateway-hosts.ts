import type { GatewayEdge } from './gateway.ts'

/** Names and addresses of the machine itself. Browsers resolve names below `localhost` without asking a server. */
const loopback = ['(?:[a-z0-9-]+\\.)*localhost', '127(?:\\.\\d{1,3}){3}', '\\[::1\\]']
const addresses = ['\\d{1,3}(?:\\.\\d{1,3}){3}', '\\[[0-9a-f:.]+\\]']
/** Names that no public DNS server has: of one label, and below the names for private networks (RFC 6762, RFC 8375). */
const privateNames = ['[a-z0-9_-]+', '(?:[a-z0-9_-]+\\.)+(?:local|internal|lan|home\\.arpa)']

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A request of HTTP/1.0 may have no host. No browser sends one. */
const pattern = (hosts: readonly string[]) => `^(?:(?:${hosts.join('|')})\\.?(?::\\d{1,5})?)?$`

const loopbackHost = new RegExp(pattern(loopback), 'i')

/** Whether the host of an address, with or without a port, is a name or address of the machine itself. */
export const isLoopbackHost = (host: string): boolean => loopbackHost.test(host)

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.')

/**
 * Which `Host` headers requests may have on an address that the gateway listens on. Returns a regular expression
 * for JavaScript and PCRE, which must ignore case; null if every host is accepted.
 *
 * A page can give its own name the address of this machine (DNS rebinding). The browser then takes the platform's
 * answers for the page's own, but its requests still carry the page's name. So a name that a stranger may own is
 * refused. An address is no such name.
 */
export function acceptedHosts(
  edge: Pick<GatewayEdge, 'public_url' | 'own_names'>,
  listener: { host: string; isFront: boolean },
): string | null {
  const own = edge.own_names.map(escaped)
  if (edge.public_url !== null) {
    // People may publish an algorithm's front port under a name of its own.
    if (listener.isFront) return null
    return pattern([...loopback, escaped(new URL(edge.public_url).hostname), ...own])
  }
  if (isLoopback(listener.host)) return pattern(loopback)
  return pattern([...loopback, ...addresses, ...privateNames, ...own])
}
