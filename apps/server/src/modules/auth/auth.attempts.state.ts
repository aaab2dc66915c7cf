import { isIPv6 } from 'node:net'

/** What is remembered of a subject's failed sign-ins. */
export type FailureCount = { failures: number; lastFailureAt: Date; blockedUntil: Date | null }

/** How many failures are free, of a name, of an address, and of a share link by all who try it. */
export const freeFailures = { name: 5, address: 20, share: 50 }
/** First block; it doubles with each further failure. */
const firstBlockMs = 30_000
const longestBlockMs = 60 * 60_000
/** One failure is forgotten for each such time without another. */
const forgetOneMs = 10 * 60_000

/** How long a subject is still blocked, in milliseconds; 0 when it is not. */
export const blockedForMs = (count: FailureCount | null, now: Date): number =>
  Math.max(0, (count?.blockedUntil?.getTime() ?? 0) - now.getTime())

/** The failures that still count: one less for every ten minutes since the last, or since the block ended. */
function remaining(count: FailureCount, now: Date): number {
  const since = Math.max(count.lastFailureAt.getTime(), count.blockedUntil?.getTime() ?? 0)
  const forgotten = Math.floor(Math.max(0, now.getTime() - since) / forgetOneMs)
  return Math.max(0, count.failures - forgotten)
}

/** The count after one more failure: from the free number on, each blocks twice as long as the one before, an hour at most. */
export function afterFailure(count: FailureCount | null, free: number, now: Date): FailureCount {
  const failures = (count ? remaining(count, now) : 0) + 1
  const blockMs = Math.min(longestBlockMs, firstBlockMs * 2 ** Math.max(0, failures - free))
  return {
    failures,
    lastFailureAt: now,
    blockedUntil: failures < free ? null : new Date(now.getTime() + blockMs),
  }
}

/** The network whose failures count together: of IPv6 the /64, for one machine may take every address within it (RFC 4291, 2.5.1). */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [plain = ''] = address.split('%')
  if (!isIPv6(plain)) return address
  const [head = '', tail] = plain.split('::')
  const groups = (part: string | undefined) => (part ? part.split(':') : [])
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array<string>(Math.max(0, zeros)).fill('0'), ...groups(tail)]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
