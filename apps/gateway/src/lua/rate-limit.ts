import type * as njs from '../njs/rate-limit.ts'
import { counts } from './host.ts'
import { createCache, type Cache } from './cache.ts'

/** A time window in which all workers count together. */
type Window = { start: number; ends: number; requests: number; window_s: number; names: Cache<string> }

const windows = createCache<Window>()

/** Joins the current window, or starts one. The first worker sets its start time. */
function join(limited: string, requests: number, window_s: number, now: number): Window {
  const key = `window ${limited} ${requests} ${window_s}`
  const windowMs = window_s * 1000
  const start = counts().getOrSet(key, now, windowMs)
  const ends = start + windowMs
  return windows.set(limited, { start, ends, requests, window_s, names: createCache() })
}

export const waitSeconds: typeof njs.waitSeconds = (limited, limit, caller, now) => {
  const { requests, window_s } = limit
  let window = windows.get(limited)
  if (!window || now >= window.ends || window.requests !== requests || window.window_s !== window_s)
    window = join(limited, requests, window_s, now)
  const name =
    window.names.get(caller) ?? window.names.set(caller, `calls ${limited} ${window.start} ${caller}`)
  const taken = counts().incr(name, 1, 0, window_s * 1000)
  return taken > requests ? Math.max(1, Math.ceil((window.ends - now) / 1000)) : 0
}
