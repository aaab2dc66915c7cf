import { changesFileOf, changeToStore, type GatewayChange, type GatewayTable } from '@vitrine/contract'
import { StoredValue } from './stored-value.ts'

/** The files in which the newest table is kept for the next process: a whole one, and what has changed since. */
export class StoredTable {
  readonly #whole: StoredValue<GatewayTable>
  readonly #changes: StoredValue<GatewayChange>

  constructor(path: string, report: (message: string) => void) {
    this.#whole = new StoredValue(path, report)
    this.#changes = new StoredValue(changesFileOf(path), report)
  }

  /** Keeps a table. Resolves when it is written or could not be written, which is tried again; never rejects. */
  async keep(table: GatewayTable): Promise<void> {
    const change = changeToStore(this.#whole.written, table)
    await (change === null ? this.#whole.keep(table) : this.#changes.keep(change))
  }

  /** Tries once more to write what could not be written, and no more after that. */
  async close(): Promise<void> {
    await Promise.all([this.#whole.close(), this.#changes.close()])
  }
}
