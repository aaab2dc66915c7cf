import type { keyedQueue } from '../../lib/keyed-queue.ts'
import type { MachineClaims } from '../../lib/machine-claims.ts'
import type { LedgerPort, PortsRepository } from './ports.repository.ts'

/** A range of ports. Both ends are included. */
export type PortRange = { first: number; last: number }

/** What the ledger needs to know about the machine. */
export type PortProbe = {
  isFree(host: string, port: number): Promise<boolean>
  /** Whether the machine has this address, so that a port can be opened there. */
  canListenOn(host: string): boolean
  /** All addresses at which a listener on a host is reached: several for a wildcard address. */
  addressesBehind(host: string): readonly string[]
  /** The process that listens on a port of an address, if the system reveals it. */
  holder(port: number, host: string): Promise<{ pid: number; command: string } | null>
  /** All ports with a listener, each with its process if the system reveals it. */
  listening(): Promise<ReadonlyMap<number, { pid: number; command: string } | null>>
}

/** What reserving ports needs. */
export type PortsDeps = {
  ports: PortsRepository
  probe: PortProbe
  claims: Pick<MachineClaims, 'claim' | 'release'>
  /** The queue in which front ports are chosen, one after the other. */
  queue: Pick<ReturnType<typeof keyedQueue>, 'enter'>
  ranges: Record<LedgerPort['kind'], PortRange>
}
