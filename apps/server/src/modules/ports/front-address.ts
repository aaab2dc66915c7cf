import type { TcpEndpoint } from '@vitrine/contract'

/**
 * The wanted address on which the service cannot listen, because another process has the port. Null if it can
 * listen there. `now` is where the gateway listens for the service already. The parts of `wanted`
 * that it has there are its own, and a test would find the gateway itself.
 */
export async function blockedAt(
  probe: {
    isFree: (host: string, port: number) => Promise<boolean>
    addressesBehind: (host: string) => readonly string[]
  },
  wanted: TcpEndpoint,
  now: TcpEndpoint | null,
): Promise<string | null> {
  const { host, port } = wanted
  if (now?.port !== port) return (await probe.isFree(host, port)) ? null : host
  const own = new Set(probe.addressesBehind(now.host))
  for (const address of probe.addressesBehind(host))
    if (!own.has(address) && !(await probe.isFree(address, port))) return address
  return null
}
