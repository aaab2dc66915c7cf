import type { GatewayKeys, GatewayTable } from '@vitrine/contract'
import { inTurn } from '../../lib/in-turn.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { Gateway } from './gateway.ts'

/** Makes a driver; it calls `letGo` when it needs nothing but the addresses any more. */
export type CreateDriver = (letGo: () => void) => Gateway

/** A gateway whose driver can be changed while it serves. */
export type SwitchableGateway = Gateway & {
  /** Drivers that this machine can run. */
  readonly possible: readonly Gateway['kind'][]
  /**
   * Has another driver carry the requests. It is made ready first, so that the addresses are without a listener only from
   * when the old one lets go of them until the new one has them; what the old one has under way, it finishes. Where the
   * new one does not come up, the old one serves again and the call rejects.
   */
  switchTo(kind: Gateway['kind']): Promise<void>
}

type Options = {
  drivers: Readonly<Partial<Record<Gateway['kind'], CreateDriver>>>
  first: Gateway['kind']
  /** The driver whose process lives now, or null. */
  running: () => Promise<Gateway['kind'] | null>
  lastTable: () => Promise<GatewayTable | null>
  onError: (error: unknown) => void
}

const takeOverMs = 5_000
/** One thing after another: nothing is applied while drivers change. */
const everything = 'everything'

class SwitchingGateway implements SwitchableGateway {
  readonly possible: readonly Gateway['kind'][]
  readonly #options: Options
  readonly #queue = inTurn()
  /** Those that finish what they have. */
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

  apply(table: GatewayTable): Promise<void> {
    return this.#queue.run(everything, () => this.#current.apply(table))
  }

  applyKeys(keys: GatewayKeys): Promise<void> {
    return this.#queue.run(everything, () => this.#current.applyKeys(keys))
  }

  async inFlight(instanceId: string): Promise<number> {
    // One that lets go answers no more questions: as long as it has something, it may be anybody's.
    return (await this.#current.inFlight(instanceId)) + this.#leaving.size
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

  #make(kind: Gateway['kind'], letGo: () => void = () => undefined): Gateway {
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

  /** Applies the last table again and again: until the old one has let go of an address, the new one cannot have it. */
  async #serve(next: Gateway): Promise<void> {
    const table = await this.#options.lastTable()
    if (!table) return
    const attempt = () =>
      next.apply(table).then(
        () => true,
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
      if (hasLetGo) await Promise.all(this.#leaving)
      await old.open()
      throw error
    }
    this.#current = next
  }
}

/**
 * Puts drivers behind one gateway. `drivers` has those that are possible here; `lastTable` reads what was applied last. A
 * process of another driver than the first one, left by an earlier control plane, is relieved when this is opened.
 */
export const createSwitchableGateway = (options: Options): SwitchableGateway => new SwitchingGateway(options)
