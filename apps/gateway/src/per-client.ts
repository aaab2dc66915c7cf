import { clientNetwork } from '@vitrine/contract/client-network'

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
