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

/** The age of a process, and how long it may take to become ready, in milliseconds. */
export type Timing = { livesMs: number; startupTimeoutMs: number }

/** Whether a process may still be starting, so that a failed probe does not count. */
export const isStartingUp = (before: HealthCount, { livesMs, startupTimeoutMs }: Timing): boolean =>
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
