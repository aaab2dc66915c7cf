import type { RunEvent, RunEventWith } from './run-events.ts'

/** Events kept for those who come back to a run; older ones give way. */
const mostEvents = 2_000
/** Text of log events kept, in characters: as much as the run's row keeps. */
const mostLogText = 64 * 1024

/**
 * Whether an event makes an earlier one worthless to who hears both: newer progress of the same element, or a newer value of
 * every output that the earlier one has. A video's growing tracks are thus held once, not once a second. Pure.
 */
export function supersedes(next: RunEventWith<unknown>, earlier: RunEventWith<unknown>): boolean {
  if (next.event === 'progress' && earlier.event === 'progress')
    return (next.data.index ?? null) === (earlier.data.index ?? null)
  if (next.event !== 'output' || earlier.event !== 'output' || next.data.index !== earlier.data.index)
    return false
  const names = new Set(next.data.outputs.map(({ name }) => name))
  return earlier.data.outputs.every(({ name }) => names.has(name))
}

/** What happened in a run so far, as far as it matters to who comes later; bounded. */
export class RunHistory {
  #events: RunEvent[] = []
  #logText = 0

  add(event: RunEvent): void {
    if (event.event === 'progress' || event.event === 'output')
      this.#events = this.#events.filter((earlier) => !supersedes(event, earlier))
    this.#events.push(event)
    if (event.event === 'log') {
      this.#logText += event.data.text.length
      while (this.#logText > mostLogText) this.#drop((earlier) => earlier.event === 'log')
    }
    if (this.#events.length > mostEvents) this.#drop(() => true)
  }

  [Symbol.iterator](): Iterator<RunEvent> {
    return this.#events[Symbol.iterator]()
  }

  /** Forgets the oldest event of those asked for. */
  #drop(which: (event: RunEvent) => boolean): void {
    const at = this.#events.findIndex(which)
    const [dropped] = at === -1 ? [] : this.#events.splice(at, 1)
    if (dropped?.event === 'log') this.#logText -= dropped.data.text.length
  }
}
