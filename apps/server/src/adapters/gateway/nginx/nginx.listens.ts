import { besideLoopback, endpointText, type TcpEndpoint } from '@vitrine/contract'

/**
 * The second loopback address on which nginx also listens, so that nobody else can. Null if there is none. At `::`,
 * nginx listens only for IPv6. One socket for both families would show IPv4 addresses of clients in another form.
 */
export const besideInNginx = (address: TcpEndpoint): TcpEndpoint | null =>
  address.host === '::' ? { host: '0.0.0.0', port: address.port } : besideLoopback(address)

/** The lines with which a server listens on an address, and on the one beside it if nginx can listen there. */
export function listens(
  address: TcpEndpoint,
  { beside }: { beside: ReadonlySet<string> },
  options = '',
): string {
  const next = besideInNginx(address)
  const all = next && beside.has(endpointText(next)) ? [address, next] : [address]
  return all.map((each) => `listen ${endpointText(each)}${options};`).join('\n')
}

/**
 * Whether a running nginx has opened its sockets when algorithms had accounts of their own, which now have nginx's and so can
 * join them. A reload keeps the sockets as they are, so nginx must then be restarted. `text` is the configuration that it
 * follows; `frame` is null for the system's nginx, which is not ours to start. Pure.
 */
export const mustOpenAnew = (text: string, frame: { sharesAccount: boolean } | null): boolean =>
  frame !== null && frame.sharesAccount && /^listen .* reuseport/m.test(text)
