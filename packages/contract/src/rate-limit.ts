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

  /**
   * Counts a request at `now` (milliseconds). Returns 0 if it may pass, else the seconds to wait. `requests` is the
   * limit of this caller, if it has its own.
   */
  take(caller: string, now: number, requests = this.requests): number {
    if (now >= this.#windowEnds) {
      this.#counts.clear()
      this.#windowEnds = now + this.windowMs
    }
    const count = this.#counts.get(caller) ?? 0
    if (count >= requests) return Math.max(1, Math.ceil((this.#windowEnds - now) / 1000))
    this.#counts.set(caller, count + 1)
    return 0
  }
}

/** The counter for a limit. It is the former counter, with its counts, if the limit is the same, else a new one. */
export function rateLimitOf(
  before: RateLimit | null | undefined,
  { requests, window_s }: { requests: number; window_s: number },
): RateLimit {
  const windowMs = window_s * 1000
  return before?.requests === requests && before.windowMs === windowMs
    ? before
    : new RateLimit(requests, windowMs)
}
