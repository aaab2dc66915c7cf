/**
 * A fixed-window counter: at most `requests` for each caller in each window of `windowMs`. The windows of all
 * callers start together, so one `clear` forgets them, and memory is limited to the callers of one window.
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

  /** Counts a request at `now` (milliseconds). Returns 0 if it may pass, else the seconds to wait. */
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
