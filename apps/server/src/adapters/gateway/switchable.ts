import type { GatewayTable } from '@vitrine/contract'
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

const takeOverMs = 5_000

/**
 * Puts drivers behind one gateway. `drivers` has those that are possible here; `lastTable` reads what was applied last. A
 * process of another driver than the first one, left by an earlier control plane, is relieved when this is opened.
 */
export function createSwitchableGateway(options: {
  drivers: Readonly<Partial<Record<Gateway['kind'], CreateDriver>>>
  first: Gateway['kind']
  /** The driver whose process lives now, or null. */
  running: () => Promise<Gateway['kind'] | null>
  lastTable: () => Promise<GatewayTable | null>
  onError: (error: unknown) => void
}): SwitchableGateway {
  let current = make(options.first)
  let work: Promise<unknown> = Promise.resolve()
  /** Those that finish what they have. */
  const leaving = new Set<Promise<void>>()

  function make(kind: Gateway['kind'], letGo: () => void = () => undefined): Gateway {
    const create = options.drivers[kind]
    if (!create) throw new Error(`this machine has no ${kind} gateway`)
    return create(letGo)
  }

  /** One thing after another: nothing is applied while drivers change. */
  function inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = work.then(action)
    work = result.catch(() => undefined)
    return result
  }

  function relieve(old: Gateway): void {
    const mine = old
      .shutdown()
      .catch(options.onError)
      .finally(() => leaving.delete(mine))
    leaving.add(mine)
  }

  /** Applies the last table again and again: until the old one has let go of an address, the new one cannot have it. */
  async function serve(next: Gateway): Promise<void> {
    const table = await options.lastTable()
    if (!table) return
    const attempt = () =>
      next.apply(table).then(
        () => true,
        () => false,
      )
    if (!(await waitFor(attempt, { timeoutMs: takeOverMs, everyMs: 5 }))) await next.apply(table)
  }

  async function replace(old: Gateway, kind: Gateway['kind']): Promise<void> {
    let hasLetGo = false
    const letGo = () => {
      if (hasLetGo) return
      hasLetGo = true
      relieve(old)
    }
    const next = make(kind, letGo)
    try {
      await next.open()
      letGo()
      await serve(next)
    } catch (error) {
      await next.shutdown().catch(options.onError)
      if (hasLetGo) await Promise.all(leaving)
      await old.open()
      throw error
    }
    current = next
  }

  return {
    get kind() {
      return current.kind
    },
    possible: (['nginx', 'embedded'] as const).filter((kind) => options.drivers[kind] !== undefined),
    open: () =>
      inTurn(async () => {
        const running = await options.running()
        if (running === null || running === current.kind || !options.drivers[running]) return current.open()
        const old = make(running)
        await old.open()
        await replace(old, current.kind)
      }),
    switchTo: (kind) => inTurn(async () => (kind === current.kind ? undefined : replace(current, kind))),
    apply: (table) => inTurn(() => current.apply(table)),
    applyKeys: (keys) => inTurn(() => current.applyKeys(keys)),
    // One that lets go answers no more questions: as long as it has something, it may be anybody's.
    inFlight: async (instanceId) => (await current.inFlight(instanceId)) + leaving.size,
    close: () => inTurn(() => current.close()),
    shutdown: () =>
      inTurn(async () => {
        await current.shutdown()
        await Promise.all(leaving)
      }),
  }
}
