import { Pool } from 'undici'

/** One place that requests go to: an instance, or the control plane. */
export type Upstream = {
  readonly instanceId: string | null
  readonly host: string
  readonly port: number
  readonly pool: Pool
  /** Requests and tunnels under way. */
  inFlight: number
  /** Epoch milliseconds until which another upstream is preferred, because this one refused a connection. */
  avoidUntil: number
}

type Address = { host: string; port: number; instance_id?: string }

const avoidMs = 1_000
const connectTimeoutMs = 5_000

/**
 * The upstream with the fewest requests under way, among those not yet tried; one that just refused a connection
 * comes last. Undefined when all were tried.
 */
export function leastBusy(
  upstreams: readonly Upstream[],
  tried: readonly Upstream[],
  now: number,
): Upstream | undefined {
  if (upstreams.length === 1 && tried.length === 0) return upstreams[0]
  let best: Upstream | undefined
  let bestLoad = Infinity
  for (const upstream of upstreams) {
    if (tried.includes(upstream)) continue
    const load = upstream.inFlight + (upstream.avoidUntil > now ? 1e9 : 0)
    if (load < bestLoad) {
      best = upstream
      bestLoad = load
    }
  }
  return best
}

/** Notes that an upstream refused a connection. */
export function avoid(upstream: Upstream, now: number): void {
  upstream.avoidUntil = now + avoidMs
}

const keyOf = (address: Address) => `${address.instance_id ?? ''}@${address.host}:${address.port}`
const originOf = (address: Address) =>
  `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`

/**
 * All upstreams by address. A table change keeps the connections of those that stay; those that go
 * finish what they have and are closed.
 */
export class UpstreamRegistry {
  #upstreams = new Map<string, Upstream>()

  /** The upstream at an address, known or new. */
  at(address: Address): Upstream {
    const known = this.#upstreams.get(keyOf(address))
    if (known) return known
    const upstream: Upstream = {
      instanceId: address.instance_id ?? null,
      host: address.host,
      port: address.port,
      pool: new Pool(originOf(address), { pipelining: 1, connect: { timeout: connectTimeoutMs } }),
      inFlight: 0,
      avoidUntil: 0,
    }
    this.#upstreams.set(keyOf(address), upstream)
    return upstream
  }

  /** Closes every upstream that is not among these, once its requests are finished. */
  keepOnly(used: ReadonlySet<Upstream>): void {
    for (const [key, upstream] of this.#upstreams) {
      if (used.has(upstream)) continue
      this.#upstreams.delete(key)
      void upstream.pool.close()
    }
  }
}
