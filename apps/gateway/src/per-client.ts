import { isIP } from 'node:net'

/** The groups of an IPv6 address, of which `::` leaves out those that are zero. */
function groupsOf(address: string): string[] {
  const [before = '', after] = address.split('%')[0]?.split('::') ?? []
  const [first, last] = [before, after ?? ''].map((text) => text.split(':').filter(Boolean))
  const [begin = [], end = []] = [first, last]
  const left = after === undefined ? 0 : Math.max(0, 8 - begin.length - end.length)
  return [...begin, ...Array.from({ length: left }, () => '0'), ...end]
}

/**
 * Who counts as one client: an address, and of IPv6 a network (/64), because each client has a whole one of those and can use all of
 * its addresses. Pure.
 */
export const clientNetwork = (address: string): string =>
  isIP(address) === 6 ? groupsOf(address).slice(0, 4).join(':') : address

/** What each client has open. */
export class PerClient {
  readonly #counts = new Map<string, number>()

  /** Counts one more of a client. Returns what ends it; null if the client has `most` already. */
  enter(address: string, most: number): (() => void) | null {
    const client = clientNetwork(address)
    const count = this.#counts.get(client) ?? 0
    if (count >= most) return null
    this.#counts.set(client, count + 1)
    return () => this.#leave(client)
  }

  #leave(client: string): void {
    const count = this.#counts.get(client) ?? 0
    if (count > 1) this.#counts.set(client, count - 1)
    else this.#counts.delete(client)
  }
}
