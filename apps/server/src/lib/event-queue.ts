/** How far a reader may fall behind: a number of values, and what they weigh together. */
export type QueueBounds<T> = { values?: number; weight?: number; weightOf?: (value: T) => number }

/**
 * Turns pushed values into an async iterable. A reader that falls behind farther than the bounds gets an
 * error, so a stuck connection cannot use up the memory. One value may weigh more than all may.
 */
export class EventQueue<T> implements AsyncIterable<T> {
  #values: T[] = []
  readonly #bounds: Required<QueueBounds<T>>
  #ended = false
  #error: Error | null = null
  #wake: (() => void) | null = null

  constructor({ values = 10_000, weight = 64 * 1024 ** 2, weightOf = () => 0 }: QueueBounds<T> = {}) {
    this.#bounds = { values, weight, weightOf }
  }

  /** Adds a value. Waiting values that it `supersedes` are dropped. */
  push(value: T, supersedes?: (waiting: T) => boolean): void {
    if (this.#ended) return
    if (supersedes) this.#values = this.#values.filter((waiting) => !supersedes(waiting))
    this.#values.push(value)
    if (this.#isBehind()) {
      this.#values = []
      this.fail(new Error('the reader fell too far behind'))
    }
    this.#wake?.()
  }

  #isBehind(): boolean {
    const { values, weight, weightOf } = this.#bounds
    if (this.#values.length > values) return true
    return this.#values.length > 1 && this.#values.reduce((sum, each) => sum + weightOf(each), 0) > weight
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
