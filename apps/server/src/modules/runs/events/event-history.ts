import { weightOfEvent, type RunEvent } from './run-events.ts'

/** The number of events that are kept for people who come back to a run. The oldest are dropped first. */
const mostEvents = 2_000
/** The length of the log events that are kept, in characters. The row of the run keeps as much. */
const mostLogText = 64 * 1024
/** The memory that the values in kept events of an algorithm may take, in bytes, without the result of the run. */
const mostWeight = 16 * 1024 * 1024

/** The part of an event that tells whether it makes another one useless. It has no values. */
export type EventSketch =
  | { event: 'progress'; data: { index?: number | null | undefined } }
  | { event: 'output'; data: { index: number; outputs: readonly { name?: string | undefined }[] } }
  | { event: 'start' | 'log' | 'completed' | 'status' }

/** An event without its values. Pure. */
export function sketchOf(event: RunEvent): EventSketch {
  if (event.event === 'progress') return { event: event.event, data: { index: event.data.index } }
  if (event.event !== 'output') return { event: event.event }
  const { index, outputs } = event.data
  return { event: event.event, data: { index, outputs: outputs.map(({ name }) => ({ name })) } }
}

/**
 * Whether an event makes an earlier one useless to a listener that gets both: newer progress of the same element, or
 * newer values for all outputs of the earlier one. So the growing tracks of a video are kept once, not once for each
 * second. Pure.
 */
export function supersedes(next: EventSketch, earlier: EventSketch): boolean {
  if (next.event === 'progress' && earlier.event === 'progress')
    return (next.data.index ?? null) === (earlier.data.index ?? null)
  if (next.event !== 'output' || earlier.event !== 'output' || next.data.index !== earlier.data.index)
    return false
  const names = new Set(next.data.outputs.map(({ name }) => name))
  return earlier.data.outputs.every(({ name }) => names.has(name))
}

const weightOf = (event: RunEvent) => (event.event === 'completed' ? 0 : weightOfEvent(event))

/** The events of a run that matter to listeners who come later. Its size is limited. */
export class RunHistory {
  #events: RunEvent[] = []
  #logText = 0
  #weight = 0

  add(event: RunEvent): void {
    if (event.event === 'progress' || event.event === 'output')
      this.#dropAll((earlier) => supersedes(event, earlier))
    this.#events.push(event)
    this.#weight += weightOf(event)
    while (this.#weight > mostWeight) this.#drop((earlier) => weightOf(earlier) > 0)
    if (event.event === 'log') {
      this.#logText += event.data.text.length
      while (this.#logText > mostLogText) this.#drop((earlier) => earlier.event === 'log')
    }
    if (this.#events.length > mostEvents) this.#drop(() => true)
  }

  [Symbol.iterator](): Iterator<RunEvent> {
    return this.#events[Symbol.iterator]()
  }

  #dropAll(which: (event: RunEvent) => boolean): void {
    for (const event of this.#events) if (which(event)) this.#weight -= weightOf(event)
    this.#events = this.#events.filter((event) => !which(event))
  }

  /** Drops the oldest event that fits the condition. */
  #drop(which: (event: RunEvent) => boolean): void {
    const at = this.#events.findIndex(which)
    const [dropped] = at === -1 ? [] : this.#events.splice(at, 1)
    if (dropped) this.#weight -= weightOf(dropped)
    if (dropped?.event === 'log') this.#logText -= dropped.data.text.length
  }
}
