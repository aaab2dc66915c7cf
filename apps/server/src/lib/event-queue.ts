/** How many values may wait for a reader, and who is told which ones wait. */
export type QueueOptions<T> = {
  values?: number
  /** Called with each value that waits. */
  onWait?: (value: T) => void
  /** Called with each value that waits no longer: the reader has dealt with it, or it was dropped. */
  onOver?: (value: T) => void
}

/**
 * Turns pushed values into an async iterable. A reader that falls behind farther than the bound gets an
 * error, so a stuck connection cannot use up the memory.
 */
export class EventQueue<T> implements AsyncIterable<T> {
  #values: T[] = []
  readonly #options: Required<QueueOptions<T>>
  #ended = false
  #error: Error | null = null
  #wake: (() => void) | null = null

  constructor({ values = 10_000, onWait = () => {}, onOver = () => {} }: QueueOptions<T> = {}) {
    this.#options = { values, onWait, onOver }
  }

  /** Adds a value. Waiting values that it `supersedes` are dropped. */
  push(value: T, supersedes?: (waiting: T) => boolean): void {
    if (this.#ended) return
    if (supersedes) this.#drop(supersedes)
    this.#values.push(value)
    this.#options.onWait(value)
    if (this.#values.length > this.#options.values) this.fail(new Error('the reader fell too far behind'))
    this.#wake?.()
  }

  #drop(which: (waiting: T) => boolean): void {
    const dropped = this.#values.filter(which)
    this.#values = this.#values.filter((waiting) => !which(waiting))
    for (const value of dropped) this.#options.onOver(value)
  }

  /** Ends the queue. Values pushed before can still be read. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** Gives the reader this error next, drops what waits, and ends the queue. */
  fail(error: Error): void {
    this.#error = error
    this.#drop(() => true)
    this.end()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      if (this.#error) throw this.#error
      const next = this.#values.shift()
      if (next !== undefined)
        try {
          yield next
        } finally {
          this.#options.onOver(next)
        }
      else if (this.#ended) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
