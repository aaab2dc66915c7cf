import type { ServiceHealth } from '@vitrine/contract'
import { isStartingUp, isWell, type HealthCount, type Timing } from './health-count.ts'

// The interval itself is stated by the package: `health.interval_s` of the contract's `health-check.ts`.

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
