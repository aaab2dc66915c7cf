import { acceptedHosts, onlyHost, type GatewayEdge } from '@vitrine/contract'

/**
 * What a request says about its client, in nginx's words: the variables with the host and the scheme that the client
 * used. The script reads `$vt_host` and `$vt_scheme`, which always exist. A variable with a pattern costs time, so
 * for each request nginx reads one only if a setting needs it.
 */
export type EdgeWords = { host: string; scheme: string }

/** Returns what stands for the client's host and scheme in the headers of each request. */
export const edgeWords = ({ trusted_proxies, public_url }: GatewayEdge): EdgeWords => ({
  host: trusted_proxies.length > 0 ? '$vt_host' : '$http_host',
  scheme: trusted_proxies.length > 0 || public_url !== null ? '$vt_scheme' : 'http',
})

const escaped = (text: string) => text.replaceAll(/[.[\]]/g, '\\$&')

/**
 * The scheme of a request for the public URL's own host and port, or a service's own host and that port, which came
 * through the proxy that serves it.
 */
function publicScheme({ public_url, apps_domain }: GatewayEdge): string {
  if (public_url === null) return ''
  const { host, protocol, port } = new URL(public_url)
  const scheme = protocol === 'https:' ? 'https' : 'http'
  const own = `[^ ]+\\.${escaped(apps_domain ?? '')}${port === '' ? '' : `:${port}`}`
  const hosts = [escaped(host), ...(apps_domain === null ? [] : [own])]
  return hosts.map((one) => `"~*^ ${one}$" ${scheme};`).join(' ')
}

/** The IPv4 address in one of IPv6 form (`::ffff:…`), as some proxies write it; any other address as it is. */
const writtenByProxy =
  'map $binary_remote_addr $vt_v4 { default $binary_remote_addr; "~(?s)^\\x00{10}\\xff\\xff(?<vt_mapped>.{4})\\z" $vt_mapped; }'

/**
 * Who counts as one client (`$vt_client`): an address, and of IPv6 a network (/64), because each client has a whole one of those.
 * An IPv4 address in IPv6 form counts as the IPv4 address, as all of them are in one /64. Only a proxy writes that form: our sockets
 * are for one family each. `geo` takes it for IPv4, and tells the family without a pattern, which would cost each request.
 * Requests through a trusted proxy count for the client that it names, also for one in a network that is trusted; a proxy itself
 * has no share, because many come through it.
 */
function clientMap({ trusted_proxies }: GatewayEdge): string {
  const networks = (name: string, v4: string) => `geo $vt_is_v6 { ::/0 1; }
map $binary_remote_addr $vt_v6 { default $binary_remote_addr; "~(?s)^(?<vt_begin>.{8})" $vt_begin; }
map $vt_is_v6 ${name} { default ${v4}; 1 $vt_v6; }`
  if (trusted_proxies.length === 0) return networks('$vt_client', '$binary_remote_addr')
  return `${writtenByProxy}
${networks('$vt_network', '$vt_v4')}
map "$vt_from_proxy $remote_addr $realip_remote_addr" $vt_client { default $vt_network; "~^1 (\\S+) \\1$" ""; }`
}

/** Lines in `http { … }` that define `$vt_host`, `$vt_scheme` and `$vt_client`. What a header claims counts only from a trusted proxy. */
export function edgeHttp(edge: GatewayEdge): string {
  const scheme = (said: string) =>
    `map "${said} $vt_host" $vt_scheme { default http; "~^http " http; "~^https " https; ${publicScheme(edge)} }`
  const client = clientMap(edge)
  if (edge.trusted_proxies.length === 0)
    return `${client}\nmap "" $vt_host { default $http_host; }\n${scheme('')}`
  const proxies = edge.trusted_proxies.map((network) => `${network} 1;`)
  return `${client}
geo $realip_remote_addr $vt_from_proxy { default 0; ${proxies.join(' ')} }
map "$vt_from_proxy$http_x_forwarded_host" $vt_host { default $http_host; "~*^1(?:.*,)?\\s*(?<vt_said_host>(?:[a-z0-9._-]+|\\[[0-9a-f:.]+\\])(?::\\d{1,5})?)\\s*$" $vt_said_host; }
map "$vt_from_proxy$http_x_forwarded_proto" $vt_said_scheme { default ""; "~*^1(?:.*,)?\\s*https\\s*$" https; "~*^1(?:.*,)?\\s*http\\s*$" http; }
${scheme('$vt_said_scheme')}`
}

/** Lines in a server with which nginx takes the client's address from a trusted proxy's header. */
export const edgeServer = ({ trusted_proxies }: GatewayEdge): string =>
  trusted_proxies.length === 0
    ? ''
    : `${trusted_proxies.map((network) => `set_real_ip_from ${network};`).join('\n')}
real_ip_header X-Forwarded-For;
real_ip_recursive on;`

const refusing = (edge: GatewayEdge, pattern: string) =>
  `if (${edgeWords(edge).host} !~* "${pattern}") { set $vt_error gateway.host_refused; return 419; }`

/** Lines in the server of a service's own host that refuse a request for another one. */
export const ownHostGuard = (edge: GatewayEdge, host: string): string => refusing(edge, onlyHost(host))

/** Lines in a server that refuse a request for another host than the platform's. */
export function hostGuard(edge: GatewayEdge, listener: { host: string; isFront: boolean }): string {
  const pattern = acceptedHosts(edge, listener)
  return pattern === null ? '' : refusing(edge, pattern)
}
