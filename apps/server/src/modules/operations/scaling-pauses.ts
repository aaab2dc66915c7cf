import type { ScalingRule } from '@vitrine/contract'
import type { StoredService } from '../services/services.repository.ts'

/** How long after a failure nothing more is tried, in milliseconds. It doubles with each failure in a row. */
const failedPauseMs = 300_000
const longestPauseMs = 3_600_000

/** The pause lasts `pauseMs` from `since`. */
type Tried = { attempt: string; failures: number; since: number; pauseMs: number }

/** What is tried. Something else may succeed at once: another rule, other settings, another release, or fewer instances in place of more. */
const attemptOf = (
  { currentRelease, configRevision, limits, mode, options, replicas }: StoredService,
  rule: ScalingRule,
  to: number,
): string =>
  JSON.stringify([rule, to > replicas, currentRelease, configRevision, limits, mode, options.network])

/** Remembers what has failed, so that it is tried again only after a pause. */
export function createPauses(nowMs: () => number) {
  const known = new Map<string, Tried>()
  return {
    /** Whether a service may be given so many instances now. If so, this is the attempt that the next failure is about. */
    mayTry(service: StoredService, rule: ScalingRule, to: number): boolean {
      const attempt = attemptOf(service, rule, to)
      const before = known.get(service.id)
      if (before?.attempt !== attempt) {
        known.set(service.id, { attempt, failures: 0, since: nowMs(), pauseMs: 0 })
        return true
      }
      // After the clock was set back, the pause begins anew. Otherwise it could last for days.
      before.since = Math.min(before.since, nowMs())
      return nowMs() - before.since >= before.pauseMs
    },
    /** The last attempt has failed. */
    failed(serviceId: string): void {
      const tried = known.get(serviceId)
      // A control plane that has just started does not know it, and may try once more.
      if (!tried) return
      tried.since = nowMs()
      tried.pauseMs = Math.min(failedPauseMs * 2 ** tried.failures, longestPauseMs)
      tried.failures += 1
    },
    forget: (serviceId: string): boolean => known.delete(serviceId),
    /** Forgets all other services. */
    keepOnly(serviceIds: ReadonlySet<string>): void {
      for (const id of known.keys()) if (!serviceIds.has(id)) known.delete(id)
    },
  }
}
