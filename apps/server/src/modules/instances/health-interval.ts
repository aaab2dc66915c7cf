import { healthCheck, type ServiceHealth } from '@vitrine/contract'
import { isStartingUp, isWell, type HealthCount, type Timing } from './health-count.ts'

const usualMs = healthCheck.parse({}).interval_s * 1_000

/**
 * How often an instance is probed, in milliseconds. A package that states none, or just the usual time, leaves it to the platform,
 * which may have another time now.
 */
export const healthIntervalOf = (
  { healthIntervalMs }: { healthIntervalMs: number },
  platformNow?: () => number,
): number => (healthIntervalMs === usualMs ? (platformNow?.() ?? usualMs) : healthIntervalMs)

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
