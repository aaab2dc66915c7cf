import type { ServiceHealth } from '@vitrine/contract'

/** The results of the probes of one process. */
export type HealthCount = {
  /** The age of the process when it was last READY or BUSY, in milliseconds. -1 if it never was. */
  wellAtMs: number
  /** Failed probes in a row, up to the last one. */
  bad: number
}

/** The count for a process that has just been started. */
export const freshCount: HealthCount = { wellAtMs: -1, bad: 0 }

/** Whether an instance with this health answers requests. */
export const isWell = (health: ServiceHealth): boolean => health === 'READY' || health === 'BUSY'

type Timing = { livesMs: number; startupTimeoutMs: number }

/** Whether a process may still be starting, so that a failed probe does not count. */
const isStartingUp = (before: HealthCount, { livesMs, startupTimeoutMs }: Timing): boolean =>
  before.wellAtMs < 0 && livesMs < startupTimeoutMs

/**
 * The count after one more probe. A probe has failed if a restart could help: UNHEALTHY, DEFUNCT, and after
 * the startup timeout also STARTING and no answer at all. A failed setup does not count, because it would
 * only fail again.
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
 * How long until the next probe, in milliseconds. A starting process is probed often, and less often the
 * longer the start takes. After a failed probe the next one comes soon. `random` (0 to 1) varies the other
 * delays, because hundreds of instances that were started together would otherwise be probed together for
 * ever.
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

/** A process that is well this long after its start gets the full number of probes again, in milliseconds. */
const forgivenMs = 10 * 60_000
const longestDoublings = 5

/**
 * Whether to restart a running instance because of its health. This needs `probes` failed probes in a row.
 * Each of the `before` earlier restarts doubles the number, up to 32 times, unless the instance was well for
 * ten minutes since. So an instance that never gets well is restarted less and less often. `probes` null
 * means never. Gives the new number of restarts, or null.
 */
export function nextHealthRestart(count: HealthCount, probes: number | null, before: number): number | null {
  const inARow = count.wellAtMs >= forgivenMs ? 0 : before
  if (probes === null || count.bad < probes * 2 ** Math.min(inARow, longestDoublings)) return null
  return inARow + 1
}
