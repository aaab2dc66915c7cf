/**
 * A fixed-window counter: at most `requests` a caller in each window of `windowMs`. All callers' windows begin
 * together, so forgetting them is one `clear` and memory is bounded by the callers of one window.
 */
export class RateLimit {
  readonly requests: number
  readonly windowMs: number
  #counts = new Map<string, number>()
  #windowEnds = 0

  constructor(requests: number, windowMs: number) {
    this.requests = requests
    this.windowMs = windowMs
  }

  /** Counts a request at `now` (milliseconds): 0 lets it pass, else the seconds to wait. */
  take(caller: string, now: number): number {
    if (now >= this.#windowEnds) {
      this.#counts.clear()
      this.#windowEnds = now + this.windowMs
    }
    const count = this.#counts.get(caller) ?? 0
    if (count >= this.requests) return Math.max(1, Math.ceil((this.#windowEnds - now) / 1000))
    this.#counts.set(caller, count + 1)
    return 0
  }
}
