import type { TcpEndpoint } from './network-endpoint.ts'

const reachedByLocalhost: ReadonlySet<string> = new Set(['127.0.0.1', '0.0.0.0'])

/**
 * The other loopback address that `localhost` also means. Browsers, curl and git try `[::1]` first. If the gateway did
 * not listen there, every local account, and every algorithm with the network of the machine, could do so and get the
 * passwords, keys and tokens that people send to `http://localhost:<port>`. Null if `localhost` does not lead to the
 * listener. Pure.
 */
export const besideLoopback = ({ host, port }: TcpEndpoint): TcpEndpoint | null =>
  reachedByLocalhost.has(host) ? { host: '::1', port } : null
