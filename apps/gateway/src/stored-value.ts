import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'

/** When a write that failed is tried again, in milliseconds. */
const retryMs = 1_000

/**
 * The file in which the newest value is kept for the next process. What the gateway does never depends on it: on a full
 * disk, a revoked key must be refused all the same. A failed write is reported, and tried again until it succeeds.
 */
export class StoredValue<T> {
  readonly #path: string
  readonly #report: (message: string) => void
  #newest: T | null = null
  #written: T | null = null
  #isWritten = true
  /** Why the last write failed. */
  #problem: string | null = null
  #writing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | null = null

  constructor(path: string, report: (message: string) => void) {
    this.#path = path
    this.#report = report
  }

  /** The value in the file. Null if none was written yet, or if a newer one still waits to be. */
  get written(): T | null {
    return this.#isWritten ? this.#written : null
  }

  /** Keeps a value. Resolves when it is written or could not be written; never rejects. */
  keep(value: T): Promise<void> {
    this.#newest = value
    this.#isWritten = false
    return this.#write()
  }

  /** Tries once more to write what could not be written, and no more after that. */
  async close(): Promise<void> {
    await this.#write()
    if (this.#timer) clearTimeout(this.#timer)
  }

  #write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeNewest())
    return this.#writing
  }

  async #writeNewest(): Promise<void> {
    if (this.#isWritten) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const value = this.#newest
    try {
      await writeFileAtomically(this.#path, JSON.stringify(value), 0o600)
      this.#isWritten = this.#newest === value
      this.#written = value
      if (this.#problem !== null) this.#report(`${this.#path} is written again`)
      this.#problem = null
    } catch (error) {
      const problem = String(error)
      if (this.#problem === null)
        this.#report(`${this.#path} cannot be written, and is tried again: ${problem}`)
      this.#problem = problem
      this.#timer = setTimeout(() => void this.#write(), retryMs)
    }
  }
}
