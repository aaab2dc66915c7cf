import type { AttemptLimit } from './attempt-limits.ts'

/** The recorded failed sign-ins of one subject. */
export type FailureCount = { failures: number; lastFailureAt: Date; blockedUntil: Date | null }

/**
 * How long a subject is still blocked, in milliseconds. 0 if it is not blocked. The limits of now decide, so that one who was blocked
 * by stricter ones need not wait for their end.
 */
export function blockedForMs(
  count: FailureCount | null,
  { free, longestBlockMs }: Pick<AttemptLimit, 'free' | 'longestBlockMs'>,
  now: Date,
): number {
  if (!count?.blockedUntil || count.failures < free) return 0
  const until = Math.min(count.blockedUntil.getTime(), count.lastFailureAt.getTime() + longestBlockMs)
  return Math.max(0, until - now.getTime())
}

/** The failures that still count: one less for each time to forget since the last one, or since the block ended. */
function remaining(count: FailureCount, forgetOneMs: number, now: Date): number {
  const since = Math.max(count.lastFailureAt.getTime(), count.blockedUntil?.getTime() ?? 0)
  const forgotten = Math.floor(Math.max(0, now.getTime() - since) / forgetOneMs)
  return Math.max(0, count.failures - forgotten)
}

/**
 * The count after one more failure. Above the free number, each failure blocks twice as long as the one
 * before, up to the longest block.
 */
export function afterFailure(count: FailureCount | null, limit: AttemptLimit, now: Date): FailureCount {
  const { free, firstBlockMs, longestBlockMs, forgetOneMs } = limit
  const failures = (count ? remaining(count, forgetOneMs, now) : 0) + 1
  const blockMs = Math.min(longestBlockMs, firstBlockMs * 2 ** Math.max(0, failures - free))
  return {
    failures,
    lastFailureAt: now,
    blockedUntil: failures < free ? null : new Date(now.getTime() + blockMs),
  }
}
