import type { ServiceHealth } from '@vitrine/contract'

/** How the probes of one process have gone. */
export type HealthCount = {
  /** Milliseconds that it had lived when it last was READY or BUSY; -1 if it never was. */
  wellAtMs: number
  /** Bad probes in a row, up to the last. */
  bad: number
}

/** Nothing is known of a process that has just been started. */
export const freshCount: HealthCount = { wellAtMs: -1, bad: 0 }

/** Whether a health means that requests are answered. */
export const isWell = (health: ServiceHealth): boolean => health === 'READY' || health === 'BUSY'

type Timing = { livesMs: number; startupTimeoutMs: number }

/** Whether a process may still be on its way to being ready, so that nothing is held against it. */
const isStartingUp = (before: HealthCount, { livesMs, startupTimeoutMs }: Timing): boolean =>
  before.wellAtMs < 0 && livesMs < startupTimeoutMs

/**
 * The count after one more probe. Bad is what another process might do better: UNHEALTHY, DEFUNCT, and after the time that a start
 * may take also STARTING and no answer at all. A failed setup is not: it would only fail again.
 */
export function countProbe(before: HealthCount, health: ServiceHealth, timing: Timing): HealthCount {
  if (isWell(health)) return { wellAtMs: timing.livesMs, bad: 0 }
  if (health === 'SETUP_FAILED' || isStartingUp(before, timing)) return { ...before, bad: 0 }
  if (health === 'STARTING' && timing.livesMs < timing.startupTimeoutMs) return { ...before, bad: 0 }
  return { ...before, bad: before.bad + 1 }
}

const firstMs = 250
const afterBadMs = 5_000

/**
 * How long until the next probe. One that starts up is asked often, less so the longer it takes; one that was asked in vain is asked
 * again soon. `random` (0 to 1) spreads the others, or hundreds that were started together would be asked together for ever.
 */
export function nextProbeMs(
  count: HealthCount,
  health: ServiceHealth,
  timing: Timing & { intervalMs: number },
  random: number,
): number {
  const spread = timing.intervalMs * (0.8 + 0.4 * random)
  if (isWell(health)) return spread
  if (health !== 'SETUP_FAILED' && isStartingUp(count, timing))
    return Math.min(timing.intervalMs, Math.max(firstMs, timing.livesMs / 20))
  return Math.min(spread, afterBadMs)
}

/** A process that was well so long after its start begins anew with the patience for it. */
const forgivenMs = 10 * 60_000
const longestDoublings = 5

/**
 * Whether an instance that lives is to be started again because of its health: after `probes` bad probes in a row, and after twice as
 * many for each of the `before` times that this has been done to it without its being well for ten minutes, up to 32 times as many. So what
 * never gets well is tried more and more seldom. `probes` null: never. Gives how often it will then have been done, or null.
 */
export function nextHealthRestart(count: HealthCount, probes: number | null, before: number): number | null {
  const inARow = count.wellAtMs >= forgivenMs ? 0 : before
  if (probes === null || count.bad < probes * 2 ** Math.min(inARow, longestDoublings)) return null
  return inARow + 1
}
