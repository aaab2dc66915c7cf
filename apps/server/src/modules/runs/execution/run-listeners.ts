import { RunHistory } from '../events/event-history.ts'
import type { RunEvent } from '../events/run-events.ts'

/** Those who follow a run, and its events so far for those who come later. */
export class RunListeners {
  readonly #history = new RunHistory()
  readonly #listeners = new Set<(event: RunEvent) => void>()

  /** The events so far. */
  get kept(): RunEvent[] {
    return [...this.#history]
  }

  /** Keeps an event, and tells all listeners of it. */
  tell(event: RunEvent): void {
    this.#history.add(event)
    for (const listener of this.#listeners) listener(event)
  }

  /** Gives a listener all events that follow. Returns the function that ends this. */
  add(listener: (event: RunEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
