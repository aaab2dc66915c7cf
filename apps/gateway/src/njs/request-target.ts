import { hasDotSegments } from '../dot-segments.ts'

/**
 * A request split at its service's prefix. `rest` is the path and query as the instance sees them; `target`
 * is the whole request target.
 */
export type RequestTarget = { target: string; prefix: string; rest: string }

/** Removes the scheme and host that a request target may begin with (RFC 9112, section 3.2.2). */
function withoutHost(target: string): string {
  const scheme = ['http://', 'https://'].find((one) => target.slice(0, one.length).toLowerCase() === one)
  if (scheme === undefined) return target
  const ends = ['/', '?', '#'].map((end) => target.indexOf(end, scheme.length)).filter((at) => at !== -1)
  return ends.length === 0 ? '' : target.slice(Math.min(...ends))
}

/**
 * Splits a target at the prefix. Null if the target, as sent, does not begin with the prefix, or has dot
 * segments: nginx has resolved them to find this service.
 */
export function splitTarget(target: string, prefix: string): RequestTarget | null {
  if (hasDotSegments(target)) return null
  const path = target.startsWith('/') ? target : withoutHost(target)
  const rest = path.startsWith('/') ? path : `/${path}`
  if (prefix === '') return { target, prefix, rest }
  return rest.startsWith(`${prefix}/`) ? { target, prefix, rest: rest.slice(prefix.length) } : null
}
