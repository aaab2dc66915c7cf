import type { TcpEndpoint } from './network-endpoint.ts'

const reachedByLocalhost: ReadonlySet<string> = new Set(['127.0.0.1', '0.0.0.0'])

/**
 * The address beside a listener that `localhost` means as well. Browsers, curl and git try `[::1]` first. If the gateway left it
 * free, every local account, and every algorithm with the network of the machine, could listen there and get what people send to
 * `http://localhost:<port>`: passwords, keys and tokens. Null where `localhost` does not lead. Pure.
 */
export const besideLoopback = ({ host, port }: TcpEndpoint): TcpEndpoint | null =>
  reachedByLocalhost.has(host) ? { host: '::1', port } : null
