/** Where below its service a request leads: path and query as the instance sees them, behind `prefix` of the whole target. */
export type Below = { target: string; prefix: string; rest: string }

/** A target without the scheme and host that it may begin with (RFC 9112, section 3.2.2). */
function withoutHost(target: string): string {
  const scheme = ['http://', 'https://'].find((one) => target.slice(0, one.length).toLowerCase() === one)
  if (scheme === undefined) return target
  const ends = ['/', '?', '#'].map((end) => target.indexOf(end, scheme.length)).filter((at) => at !== -1)
  return ends.length === 0 ? '' : target.slice(Math.min(...ends))
}

/** Null for a target that is not below the prefix as it was sent. */
export function belowOf(target: string, prefix: string): Below | null {
  const path = target.startsWith('/') ? target : withoutHost(target)
  const rest = path.startsWith('/') ? path : `/${path}`
  if (prefix === '') return { target, prefix, rest }
  return rest.startsWith(`${prefix}/`) ? { target, prefix, rest: rest.slice(prefix.length) } : null
}
