import { endpointText, type GatewayTable, type LeftOutRoute, type TcpEndpoint } from '@vitrine/contract'
import { findPortHolder, isPortFree } from '../../../lib/procfs/port-holder.ts'
import { gatewayRefused } from '../gateway.errors.ts'
import { openBeside } from './nginx.beside.ts'
import { closedFrontPorts, takenInTheEnd, takenOf } from './nginx.left-out.ts'
import { wantedAddresses } from './nginx.state.ts'

/**
 * The addresses on which nginx listens: those of its table except those that other processes hold, and the second
 * loopback addresses.
 */
export class NginxAddresses {
  #held: ReadonlySet<string> = new Set()
  #beside: ReadonlySet<string> = new Set()

  /** Addresses (`host:port`) of the table that other processes hold. */
  get held(): ReadonlySet<string> {
    return this.#held
  }
  /** Addresses beside those of the table on which nginx listens. */
  get beside(): ReadonlySet<string> {
    return this.#beside
  }
  /** Whether nginx listens on other addresses than exactly those of its table. */
  get areOthers(): boolean {
    return this.#held.size + this.#beside.size > 0
  }

  /** Called when no nginx listens any more: forgets all addresses. */
  clear(): void {
    this.#held = new Set()
    this.#beside = new Set()
  }

  /** Takes over what a running nginx listens on, from its configuration. */
  async adopt(table: GatewayTable, configuration: string): Promise<void> {
    const isListening = (address: string) => configuration.includes(`listen ${address} `)
    const wanted = wantedAddresses(table).map(endpointText)
    this.#held = new Set(wanted.filter((address) => !isListening(address)))
    this.#beside = await openBeside(table, isListening)
  }

  /** Finds out on which of these addresses an nginx that is started now can listen. Another driver releases `awaited` now. */
  async find(
    wanted: readonly TcpEndpoint[],
    table: GatewayTable,
    awaited: TcpEndpoint | null,
  ): Promise<void> {
    this.#held = await takenInTheEnd(wanted, awaited)
    this.#beside = await openBeside(table, () => false)
  }

  /**
   * Switches to another table. Returns the routes whose front ports other processes hold. Throws if its public address
   * is a new one that another process holds; the rest is served while the present one is held.
   */
  async turnTo(table: GatewayTable, inForce: GatewayTable): Promise<LeftOutRoute[]> {
    const listening = new Set(wantedAddresses(inForce).map(endpointText))
    const canOpen = (address: TcpEndpoint) => this.#canOpen(address, listening)
    const publicText = endpointText(table.public)
    if (!this.#held.has(publicText) && !(await canOpen(table.public))) {
      const { host, port } = table.public
      const holder = await findPortHolder(port, host)
      throw gatewayRefused({ reason: `cannot listen on ${publicText}`, address: publicText, holder })
    }
    const closed = await closedFrontPorts(table, canOpen)
    // Front ports that were held and are not closed are free now.
    this.#held = new Set([...this.#held].filter((text) => text === publicText))
    this.#beside = await openBeside(table, (address) => this.#beside.has(address))
    return closed
  }

  /** Looks whether addresses that other processes held are free now. Returns whether some are. */
  async findFreed(table: GatewayTable): Promise<boolean> {
    if (this.#held.size === 0) return false
    const before = wantedAddresses(table).filter((one) => this.#held.has(endpointText(one)))
    const held = new Set(await takenOf(before))
    if (held.size === this.#held.size) return false
    this.#held = held
    return true
  }

  /** Whether nginx listens on an address, or can listen there. */
  async #canOpen(address: TcpEndpoint, listening: ReadonlySet<string>): Promise<boolean> {
    const text = endpointText(address)
    if (listening.has(text) ? !this.#held.has(text) : this.#beside.has(text)) return true
    return isPortFree(address.host, address.port)
  }
}
