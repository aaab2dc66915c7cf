import { BlockList, isIP } from 'node:net'

/** The destination of a request. The host is a name or an address without brackets. */
export type Destination = { host: string; port: number }

/** The proxy of the machine for a destination. Null if it is reached without one. */
export type FindUpstream = (destination: Destination, isEncrypted: boolean) => URL | null

const lastOf = (env: Readonly<Record<string, string>>, name: RegExp): string | undefined =>
  Object.entries(env).findLast(([variable, value]) => name.test(variable) && value !== '')?.[1]

/**
 * Whether an entry of NO_PROXY matches this destination: `*`, a domain with all its subdomains, an address or a
 * network.
 */
function isMeant(entry: string, { host, port }: Destination): boolean {
  if (entry === '*') return true
  const [network = '', length] = entry.split('/', 2)
  if (length !== undefined) {
    const family = isIP(network)
    if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(length)) return false
    if (Number(length) > (family === 4 ? 32 : 128)) return false
    const list = new BlockList()
    const kind = family === 4 ? 'ipv4' : 'ipv6'
    list.addSubnet(network, Number(length), kind)
    return list.check(host, kind)
  }
  const [, name = '', ofPort] =
    /^\*?\.?\[?(.*?)\]?(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? []
  if (name === '' || (ofPort !== undefined && Number(ofPort) !== port)) return false
  return host === name || host.endsWith(`.${name}`)
}

/**
 * Returns the function that finds the proxy of the machine for a destination: by the variables `HTTPS_PROXY`,
 * `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` in either case, else the first of `others`. Pure.
 */
export function upstreamsOf(
  env: Readonly<Record<string, string>>,
  others: readonly string[] = [],
): FindUpstream {
  const exempt = (lastOf(env, /^no_proxy$/i) ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
  const all = lastOf(env, /^all_proxy$/i) ?? others[0]
  const stated = {
    encrypted: lastOf(env, /^https_proxy$/i) ?? all,
    plain: lastOf(env, /^http_proxy$/i) ?? all,
  }
  return (destination, isEncrypted) => {
    const proxy = isEncrypted ? stated.encrypted : stated.plain
    if (proxy === undefined || exempt.some((entry) => isMeant(entry, destination))) return null
    return new URL(proxy.includes('://') ? proxy : `http://${proxy}`)
  }
}
