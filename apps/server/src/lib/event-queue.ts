/**
 * Turns pushed values into an async iterable. A reader that falls more than `limit` values behind gets an
 * error, so a stuck connection cannot use up the memory.
 */
export class EventQueue<T> implements AsyncIterable<T> {
  #values: T[] = []
  readonly #limit: number
  #ended = false
  #error: Error | null = null
  #wake: (() => void) | null = null

  constructor(limit = 10_000) {
    this.#limit = limit
  }

  /** Adds a value. Waiting values that it `supersedes` are dropped. */
  push(value: T, supersedes?: (waiting: T) => boolean): void {
    if (this.#ended) return
    if (supersedes) this.#values = this.#values.filter((waiting) => !supersedes(waiting))
    this.#values.push(value)
    if (this.#values.length > this.#limit) this.fail(new Error('the reader fell too far behind'))
    this.#wake?.()
  }

  /** Ends the queue. Values pushed before can still be read. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** Gives the reader this error next, and ends the queue. */
  fail(error: Error): void {
    this.#error = error
    this.end()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      if (this.#error) throw this.#error
      const next = this.#values.shift()
      if (next !== undefined) yield next
      else if (this.#ended) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
