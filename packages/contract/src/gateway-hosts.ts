import type { GatewayEdge } from './gateway.ts'

/** Names and addresses of the machine itself. Browsers resolve names below `localhost` without asking a server. */
const loopback = ['(?:[a-z0-9-]+\\.)*localhost', '127(?:\\.\\d{1,3}){3}', '\\[::1\\]']
const addresses = ['\\d{1,3}(?:\\.\\d{1,3}){3}', '\\[[0-9a-f:.]+\\]']
/**
 * Names that no public DNS server has: names with one label, and those below the domains for private networks (RFC
 * 6762, RFC 8375).
 */
const privateNames = ['[a-z0-9_-]+', '(?:[a-z0-9_-]+\\.)+(?:local|internal|lan|home\\.arpa)']

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What may follow a host's name. */
const end = '\\.?(?::\\d{1,5})?'

/** A request of HTTP/1.0 may have no host. No browser sends one. */
const pattern = (hosts: readonly string[]) => `^(?:(?:${hosts.join('|')})${end})?$`

const loopbackHost = new RegExp(pattern(loopback), 'i')

/** Whether the host of an address, with or without a port, is a name or address of the machine itself. */
export const isLoopbackHost = (host: string): boolean => loopbackHost.test(host)

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.')

/** The host of a service's own address, in lower case; null if services have none. */
export const ownHostOf = (
  { apps_domain }: Pick<GatewayEdge, 'apps_domain'>,
  serviceId: string,
): string | null => (apps_domain === null ? null : `${serviceId}.${apps_domain}`)

/** Returns a regular expression for the `Host` headers that name exactly this host, as below. */
export const onlyHost = (host: string): string => `^${escaped(host)}${end}$`

/**
 * The beginning of a pattern that excludes the own hosts of services, which the platform must not accept as its own.
 */
const notOwnHosts = ({ apps_domain }: Pick<GatewayEdge, 'apps_domain'>) =>
  apps_domain === null ? '' : `(?![^:]*\\.${escaped(apps_domain)}${end}$)`

/**
 * Which `Host` headers requests may have on an address that the gateway listens on. Returns a regular expression for
 * JavaScript and PCRE, which must ignore case; null if every host is accepted.
 *
 * A page can give its own name the address of this machine (DNS rebinding). The browser then takes the platform's
 * answers for the page's own, but its requests still carry the page's name. So a name that a stranger may own is
 * refused. An IP address is not such a name. The own hosts of services are never accepted as the platform's host,
 * because otherwise their pages would have the platform's origin.
 */
export function acceptedHosts(
  edge: Pick<GatewayEdge, 'public_url' | 'own_names' | 'apps_domain'>,
  listener: { host: string; isFront: boolean },
): string | null {
  const names = namesAt(edge, listener)
  if (names === null) return null
  return listener.isFront ? pattern(names) : `${notOwnHosts(edge)}${pattern(names)}`
}

function namesAt(
  edge: Pick<GatewayEdge, 'public_url' | 'own_names'>,
  listener: { host: string; isFront: boolean },
): string[] | null {
  const own = edge.own_names.map(escaped)
  if (edge.public_url !== null) {
    // People may publish an algorithm's front port under any name.
    if (listener.isFront) return null
    return [...loopback, escaped(new URL(edge.public_url).hostname), ...own]
  }
  if (isLoopback(listener.host)) return loopback
  return [...loopback, ...addresses, ...privateNames, ...own]
}
