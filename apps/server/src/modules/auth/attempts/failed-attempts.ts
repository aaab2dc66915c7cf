import { isIPv6 } from 'node:net'

/** The recorded failed sign-ins of one subject. */
export type FailureCount = { failures: number; lastFailureAt: Date; blockedUntil: Date | null }

/**
 * The number of failures without a block: for a name from one network, for a name on a device that its owner has
 * used, for the second factor of somebody who is signed in, for a network by password or by another server, and for a name or a share link from everywhere. For an invitation, a failure is a name that is taken.
 */
export const freeFailures = {
  name: 5,
  device: 5,
  code: 5,
  address: 20,
  oidc: 20,
  anywhere: 50,
  share: 50,
  invite: 10,
}
/** The first block. It doubles with each further failure. */
const firstBlockMs = 30_000
const longestBlockMs = 60 * 60_000
/** One failure is forgotten for each such time without another one. */
const forgetOneMs = 10 * 60_000

/** How long a subject is still blocked, in milliseconds. 0 if it is not blocked. */
export const blockedForMs = (count: FailureCount | null, now: Date): number =>
  Math.max(0, (count?.blockedUntil?.getTime() ?? 0) - now.getTime())

/** The failures that still count: one less for every ten minutes since the last one, or since the block ended. */
function remaining(count: FailureCount, now: Date): number {
  const since = Math.max(count.lastFailureAt.getTime(), count.blockedUntil?.getTime() ?? 0)
  const forgotten = Math.floor(Math.max(0, now.getTime() - since) / forgetOneMs)
  return Math.max(0, count.failures - forgotten)
}

/**
 * The count after one more failure. Above the free number, each failure blocks twice as long as the one
 * before, up to an hour.
 */
export function afterFailure(count: FailureCount | null, free: number, now: Date): FailureCount {
  const failures = (count ? remaining(count, now) : 0) + 1
  const blockMs = Math.min(longestBlockMs, firstBlockMs * 2 ** Math.max(0, failures - free))
  return {
    failures,
    lastFailureAt: now,
    blockedUntil: failures < free ? null : new Date(now.getTime() + blockMs),
  }
}

/**
 * The network whose failures count together. For IPv6 this is the /64, because one machine may use every
 * address in it (RFC 4291, 2.5.1).
 */
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
