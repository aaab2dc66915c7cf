/** An event of a prediction, with its data as JSON text. A newer one with the same key says all that it says. */
export type PredictionEvent = { key: string; name: string; data: string }

/** How many characters of log events are kept for somebody who has not read them yet. */
export const longestLog = 64 * 1024
/** How far a reader may be behind before events that newer ones replace are left out, in characters. */
const longestBehind = 1_000_000
/** How many events that were read are kept at the most. */
const mostRead = 1_000
/** What an event takes besides its data, roughly. */
const eventLength = 100

/** The newest event of each key, in their order, and of the log only the end. Pure. */
function newestOf(events: readonly PredictionEvent[]): PredictionEvent[] {
  const seen = new Set<string>()
  let logged = 0
  const kept = events.toReversed().filter(({ key, name, data }) => {
    if (seen.has(key)) return false
    seen.add(key)
    if (name === 'log') logged += data.length
    return name !== 'log' || logged <= longestLog
  })
  return kept.toReversed()
}

/**
 * The events that one follower of a prediction has not read yet. One that reads fast gets every event. One that reads slowly gets
 * what somebody gets who comes later: the newest output and progress of each element, and the end of the log.
 */
export class PendingEvents {
  #events: PredictionEvent[] = []
  #read = 0
  #length = 0
  #limit = longestBehind

  add(event: PredictionEvent): void {
    this.#events.push(event)
    this.#length += lengthOf(event)
    if (this.#length > this.#limit) this.#leaveOut()
  }

  /** How many events are in memory. */
  get kept(): number {
    return this.#events.length
  }

  /** Takes the next event. Undefined if there is none. */
  next(): PredictionEvent | undefined {
    const event = this.#events[this.#read]
    if (event === undefined) {
      this.#letGo()
      return undefined
    }
    this.#read += 1
    this.#length -= lengthOf(event)
    // A reader may be a little behind all the time.
    if (this.#read > mostRead && 2 * this.#read > this.#events.length) this.#letGo()
    return event
  }

  #letGo(): void {
    this.#events = this.#events.slice(this.#read)
    this.#read = 0
  }

  #leaveOut(): void {
    this.#letGo()
    this.#events = newestOf(this.#events)
    this.#length = this.#events.reduce((sum, event) => sum + lengthOf(event), 0)
    // Outputs that are larger than the limit are not looked at again with each event.
    this.#limit = Math.max(longestBehind, 2 * this.#length)
  }
}

const lengthOf = ({ data }: PredictionEvent) => data.length + eventLength
