import { endpointText, idleConnectionS, type Endpoint } from '@vitrine/contract'
import { askItsPort, hasItsPort, type InstanceEndpoint } from '@vitrine/contract/port-listener'
import { Connection, type Job } from './connection.ts'

type Address = InstanceEndpoint & { instance_id?: string }

const avoidMs = 1_000
const idleMs = idleConnectionS * 1000

/**
 * One destination of requests: an instance, or the control plane. It keeps idle connections for later
 * requests.
 */
export class Upstream {
  readonly instanceId: string | null
  readonly endpoint: Endpoint
  /** Requests and tunnels in progress. */
  inFlight = 0
  /**
   * Until this time (epoch milliseconds) other upstreams are preferred, because this one refused a
   * connection.
   */
  avoidUntil = 0
  /** The inodes of the instance's own sockets, if they are known. They change at each start of the instance. */
  listeners: readonly string[] | undefined
  #idle: Connection[] = []
  #isClosed = false
  #sweep: NodeJS.Timeout | null = null

  constructor(address: Address) {
    this.instanceId = address.instance_id ?? null
    this.listeners = address.listeners
    this.endpoint =
      'socket' in address ? { socket: address.socket } : { host: address.host, port: address.port }
  }

  /** Sends a request on an idle connection or a new one. The job is called when it can write. */
  send(job: Job): Connection {
    const oldest = performance.now() - idleMs
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (idle.isUsable && idle.idleSince > oldest) {
        idle.begin(job)
        return idle
      }
      idle.abort()
    }
    return new Connection(this.endpoint, job, this.#onIdle, (answer) =>
      askItsPort({ ...this.endpoint, listeners: this.listeners }, answer),
    )
  }

  /** Whether the instance itself accepted a connection that was just opened. */
  isItself(): boolean {
    return hasItsPort({ ...this.endpoint, listeners: this.listeners })
  }

  /** Closes idle connections now, and the others when their requests are finished. */
  close(): void {
    this.#isClosed = true
    if (this.#sweep) clearTimeout(this.#sweep)
    for (const connection of this.#idle) connection.abort()
    this.#idle = []
  }

  readonly #onIdle = (connection: Connection): void => {
    if (this.#isClosed) return connection.abort()
    connection.idleSince = performance.now()
    this.#idle.push(connection)
    this.#sweep ??= setTimeout(() => this.#closeOld(), idleMs).unref()
  }

  #closeOld(): void {
    const oldest = performance.now() - idleMs
    for (const connection of this.#idle) if (connection.idleSince <= oldest) connection.abort()
    this.#idle = this.#idle.filter((connection) => connection.isUsable)
    this.#sweep = this.#idle.length > 0 ? setTimeout(() => this.#closeOld(), idleMs).unref() : null
  }
}

/**
 * Returns the upstream with the fewest requests in progress among those not yet tried. One that has just
 * refused a connection comes last. Undefined if all were tried.
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

/** Records that an upstream refused a connection. */
export function avoid(upstream: Upstream, now: number): void {
  upstream.avoidUntil = now + avoidMs
}

const keyOf = (address: Address) => `${address.instance_id ?? ''}@${endpointText(address)}`

/**
 * All upstreams by address. If the table changes, those that stay keep their connections. Removed ones finish
 * their requests and are then closed.
 */
export class UpstreamRegistry {
  #upstreams = new Map<string, Upstream>()
  /** Upstreams that are no longer in the table and finish their requests. */
  #leaving = new Set<Upstream>()

  /** Returns the upstream at an address, an existing one or a new one. */
  at(address: Address): Upstream {
    const key = keyOf(address)
    const known = this.#upstreams.get(key)
    if (known) {
      known.listeners = address.listeners
      return known
    }
    const upstream = new Upstream(address)
    this.#upstreams.set(key, upstream)
    return upstream
  }

  /** Closes every upstream that is not in `used`, once its requests are finished. */
  keepOnly(used: ReadonlySet<Upstream>): void {
    for (const [key, upstream] of this.#upstreams) {
      if (used.has(upstream)) continue
      this.#upstreams.delete(key)
      upstream.close()
      if (upstream.inFlight > 0) this.#leaving.add(upstream)
    }
    this.#forgetFinished()
  }

  /**
   * Requests and tunnels in progress by instance, including upstreams that are no longer in the table.
   * Instances without requests are left out.
   */
  inFlight(): Record<string, number> {
    this.#forgetFinished()
    const counts: Record<string, number> = {}
    for (const { instanceId, inFlight } of [...this.#upstreams.values(), ...this.#leaving])
      if (instanceId !== null && inFlight > 0) counts[instanceId] = (counts[instanceId] ?? 0) + inFlight
    return counts
  }

  #forgetFinished(): void {
    for (const upstream of this.#leaving) if (upstream.inFlight === 0) this.#leaving.delete(upstream)
  }
}
