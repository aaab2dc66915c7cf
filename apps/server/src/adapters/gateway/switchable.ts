import type { GatewayKeys, GatewayTable } from '@vitrine/contract'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { Gateway } from './gateway.ts'
import type { RouteProblem } from './route-problems.ts'

/** Creates a driver. If it takes over from another driver, it calls `letGo` as soon as it only needs the addresses. */
export type CreateDriver = (letGo: (() => void) | undefined) => Gateway

/** A gateway whose driver can be changed while it serves. */
export type SwitchableGateway = Gateway & {
  /** The drivers that this machine can run. */
  readonly possible: readonly Gateway['kind'][]
  /**
   * Switches to another driver. The new driver is prepared first, so the addresses are without a listener only
   * between their release by the old driver and their opening by the new one. The old driver finishes its
   * requests. If the new driver does not start, the old one serves again and the call rejects.
   */
  switchTo(kind: Gateway['kind']): Promise<void>
}

type Options = {
  drivers: Readonly<Partial<Record<Gateway['kind'], CreateDriver>>>
  first: Gateway['kind']
  /** Returns the driver whose process is alive now, or null. */
  running: () => Promise<Gateway['kind'] | null>
  lastTable: () => Promise<GatewayTable | null>
  onError: (error: unknown) => void
}

const takeOverMs = 5_000
/** The one key for all work, so nothing is applied while the driver changes. */
const everything = 'everything'

class SwitchingGateway implements SwitchableGateway {
  readonly possible: readonly Gateway['kind'][]
  readonly #options: Options
  readonly #queue = keyedQueue()
  /** Former drivers that are finishing their requests. */
  readonly #leaving = new Set<Promise<void>>()
  #current: Gateway

  constructor(options: Options) {
    this.#options = options
    this.possible = (['nginx', 'embedded'] as const).filter((kind) => options.drivers[kind] !== undefined)
    this.#current = this.#make(options.first)
  }

  get kind(): Gateway['kind'] {
    return this.#current.kind
  }

  open(): Promise<void> {
    return this.#queue.run(everything, async () => {
      const current = this.#current
      const running = await this.#options.running()
      if (running === null || running === current.kind || !this.#options.drivers[running])
        return current.open()
      const old = this.#make(running)
      await old.open()
      await this.#replace(old, current.kind)
    })
  }

  switchTo(kind: Gateway['kind']): Promise<void> {
    return this.#queue.run(everything, async () => {
      if (kind !== this.kind) await this.#replace(this.#current, kind)
    })
  }

  apply(table: GatewayTable): Promise<RouteProblem[]> {
    return this.#queue.run(everything, () => this.#current.apply(table))
  }

  applyKeys(keys: GatewayKeys): Promise<void> {
    return this.#queue.run(everything, () => this.#current.applyKeys(keys))
  }

  async inFlight(instanceIds: readonly string[]): Promise<number> {
    // A driver that is being released answers no more questions. Until it has ended, its requests may belong
    // to any instance.
    return (await this.#current.inFlight(instanceIds)) + this.#leaving.size
  }

  close(): Promise<void> {
    return this.#queue.run(everything, () => this.#current.close())
  }

  shutdown(): Promise<void> {
    return this.#queue.run(everything, async () => {
      await this.#current.shutdown()
      await Promise.all(this.#leaving)
    })
  }

  #make(kind: Gateway['kind'], letGo?: () => void): Gateway {
    const create = this.#options.drivers[kind]
    if (!create) throw new Error(`this machine has no ${kind} gateway`)
    return create(letGo)
  }

  #relieve(old: Gateway): void {
    const mine = old
      .shutdown()
      .catch(this.#options.onError)
      .finally(() => this.#leaving.delete(mine))
    this.#leaving.add(mine)
  }

  /**
   * Applies the last table repeatedly, because the new driver cannot have an address before the old one has
   * released it.
   */
  async #serve(next: Gateway): Promise<void> {
    const table = await this.#options.lastTable()
    if (!table) return
    const attempt = () =>
      next.apply(table).then(
        (problems) => problems.every(({ cause }) => cause !== 'held'),
        () => false,
      )
    if (!(await waitFor(attempt, { timeoutMs: takeOverMs, everyMs: 5 }))) await next.apply(table)
  }

  async #replace(old: Gateway, kind: Gateway['kind']): Promise<void> {
    let hasLetGo = false
    const letGo = () => {
      if (hasLetGo) return
      hasLetGo = true
      this.#relieve(old)
    }
    const next = this.#make(kind, letGo)
    try {
      await next.open()
      letGo()
      await this.#serve(next)
    } catch (error) {
      await next.shutdown().catch(this.#options.onError)
      // An old driver that was not asked to release its addresses still serves, and must not be opened twice.
      if (hasLetGo) {
        await Promise.all(this.#leaving)
        await old.open()
      }
      throw error
    }
    this.#current = next
  }
}

/**
 * Combines several drivers into one gateway. `drivers` contains those possible on this machine, and
 * `lastTable` reads the last applied table. If a process of another driver is left from an earlier control
 * plane, it is replaced when the gateway is opened.
 */
export const createSwitchableGateway = (options: Options): SwitchableGateway => new SwitchingGateway(options)
