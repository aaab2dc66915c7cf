import type { ProcessReport } from '../../adapters/process-runner/process-runner.ts'

/**
 * The report of a death that no report tells by itself: the next process was running before the runner looked, as
 * under supervisord, which restarts a process at once. Null if none was missed. `restarts` is how often the instance had
 * been restarted when the process of `before` was first seen. Pure.
 */
export function missedDeath(
  before: ProcessReport | null,
  now: ProcessReport,
  restarts: number,
): ProcessReport | null {
  const isNext =
    before !== null &&
    before.generation !== null &&
    now.generation !== null &&
    before.generation !== now.generation
  // A requested start and a start with another port are no restarts, and are no deaths.
  if (!isNext || now.lastEnd === null || now.restarts <= restarts) return null
  const { lastEnd: reason } = now
  const { listeners: _former, ...rest } = now
  return { ...rest, state: 'BACKOFF', generation: null, pid: null, startedAt: null, reason }
}
