import type { PortSource } from '../../adapters/process-runner/process-runner.ts'
import type { LostPort } from '../../adapters/process-runner/port-decision.ts'
import { portsExhausted } from './ports.errors.ts'
import type { PortsRepository } from './ports.repository.ts'
import { forgetGoneForeignPorts, portClaim } from './front-ports.ts'
import type { PortRange, PortsDeps } from './ports.deps.ts'

/** What allocating ports to instances needs. */
export type InstancePortsDeps = {
  ports: Pick<PortsRepository, 'all' | 'enterForeign' | 'exchange' | 'forgetForeign' | 'releaseInstance'>
  probe: Pick<PortsDeps['probe'], 'isFree'>
  claims: PortsDeps['claims']
  host: string
  range: PortRange
  /** Where in the range the search begins. Platforms that share a machine and a range begin at different places. */
  start: number
  /** The service and release of an instance, from its id. */
  ownerOf: (id: string) => { serviceId: string; release: number }
  /** Gets the error if the ledger could not be written although the port was allocated. */
  onError: (error: unknown) => void
}

/** All ports of a range, beginning at one and wrapping around. */
function* ring({ first, last }: PortRange, start: number): Generator<number> {
  const size = last - first + 1
  for (let step = 0; step < size; step++) yield first + ((start - first + step) % size)
}

/** Computes a place in a range from a text. The same text gives the same place. */
export function placeIn({ first, last }: PortRange, text: string): number {
  let hash = 0
  for (const letter of text) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0
  return first + (hash % (last - first + 1))
}

/**
 * Allocates ports to instances. An instance keeps its port as long as no other process takes it. The port is
 * claimed on the machine all that time, even while the instance is stopped or has crashed, so another Vitrine
 * with the same range does not use it. Other programs make no claims: a port that one of them holds is
 * recorded as foreign, and the instance gets another.
 */
export function createInstancePorts(deps: InstancePortsDeps): PortSource {
  const { ports, probe, claims, host, range } = deps
  /**
   * The owner of each port. It is set before anything is awaited, so that simultaneous requests never get the
   * same port.
   */
  const owners = new Map<number, string>()

  /**
   * Takes a port for an instance if it is `free`. Otherwise it is `allocated` to another instance, here or on another
   * platform, or a `foreign` program has it.
   */
  async function tryPort(id: string, port: number): Promise<'free' | 'allocated' | 'foreign'> {
    if ((owners.get(port) ?? id) !== id) return 'allocated'
    owners.set(port, id)
    const isClaimed = await claims.claim(portClaim(port))
    if (isClaimed && (await probe.isFree(host, port))) return 'free'
    letGo(port)
    return isClaimed ? 'foreign' : 'allocated'
  }
  function letGo(port: number): void {
    owners.delete(port)
    claims.release(portClaim(port))
  }

  /** Enters a port in the ledger in place of the previous one. False if another owner has it there. */
  const enter = (id: string, port: number, before: { port: number; isForeign: boolean } | null) =>
    ports.exchange({ instance: { id, ...deps.ownerOf(id) }, to: port, before })

  async function another(id: string, has: number | null, lost: LostPort | null): Promise<number> {
    await forgetGoneForeignPorts(deps, 'instance', host)
    const isLost = has !== null && lost?.port === has
    const before = has === null ? null : { port: has, isForeign: isLost || !(await probe.isFree(host, has)) }
    const known = new Set((await ports.all()).map((row) => row.port))
    for (const port of ring(range, isLost ? has + 1 : deps.start)) {
      if (port === has || known.has(port)) continue
      const found = await tryPort(id, port)
      if (found === 'foreign') await ports.enterForeign(port, 'instance')
      if (found !== 'free') continue
      if (await enter(id, port, before)) {
        if (has !== null) letGo(has)
        return port
      }
      letGo(port)
    }
    throw portsExhausted({ kind: 'instance', ...range })
  }

  return {
    host,
    async portFor(id, has, lost) {
      if (has === null || lost?.port === has || (await tryPort(id, has)) !== 'free')
        return another(id, has, lost)
      // The instance keeps its port whatever the ledger says, and even if the database is unreachable,
      // because a crashed instance must be restarted nevertheless.
      enter(id, has, null).catch(deps.onError)
      return has
    },
    async keep(id, port) {
      owners.set(port, id)
      await claims.claim(portClaim(port))
    },
    async release(id) {
      for (const [port, owner] of owners) if (owner === id) letGo(port)
      await ports.releaseInstance(id)
    },
  }
}
