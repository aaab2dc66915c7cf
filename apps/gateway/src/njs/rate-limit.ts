import { counts } from './host.ts'

/**
 * A fixed-window counter like that of the embedded gateway (`RateLimit` of the contract), shared by all workers. Counts
 * a request at `now` (milliseconds). Returns 0 if it may pass, else the seconds to wait. If the limit changes, a new
 * counter is used. `limited` says to what the limit applies: the id of a service, or `key:<id>`.
 */
export function waitSeconds(
  limited: string,
  limit: { requests: number; window_s: number },
  caller: string,
  now: number,
): number {
  const windowMs = limit.window_s * 1000
  const windowKey = `window ${limited} ${limit.requests} ${limit.window_s}`
  let start = counts().get(windowKey)
  if (start === undefined || now >= start + windowMs) {
    start = now
    counts().set(windowKey, start, windowMs)
  }
  const taken = counts().incr(`calls ${limited} ${start} ${caller}`, 1, 0, windowMs)
  return taken > limit.requests ? Math.max(1, Math.ceil((start + windowMs - now) / 1000)) : 0
}
