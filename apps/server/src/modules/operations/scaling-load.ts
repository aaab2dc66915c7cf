import type { ScalingRule } from '@vitrine/contract'
import type { StoredService } from '../services/services.repository.ts'
import { windowMs, type Load, type LoadSample } from './scaling-decision.ts'

type Known = Load & { samples: LoadSample[]; replicas: number }

/**
 * Adds what is seen now. After a gap, nobody knows what the load was meanwhile, so the samples begin anew; so they do if
 * the clock was set back. Forgets what no decision needs any more: of what is too old, only the newest sample stays.
 */
function addSample(samples: LoadSample[], sample: LoadSample, rule: ScalingRule): void {
  const last = samples.at(-1)
  if (last && (sample.at < last.at || sample.at - last.at > windowMs)) samples.length = 0
  samples.push(sample)
  const needed = sample.at - Math.max(rule.cool_down_seconds * 1000, windowMs)
  const first = samples.findLastIndex(({ at }) => at <= needed)
  if (first > 0) samples.splice(0, first)
}

/** Remembers the load of services. A control plane that has just started has seen nothing before. */
export function createLoads() {
  const known = new Map<string, Known>()
  return {
    /** The load of a service that runs, with what is seen now. */
    seen(service: Pick<StoredService, 'id' | 'replicas'>, sample: LoadSample, rule: ScalingRule): Load {
      const { id, replicas } = service
      const before = known.get(id)
      const unchangedSince =
        before?.replicas === replicas ? Math.min(before.unchangedSince, sample.at) : sample.at
      const load = { samples: before?.samples ?? [], unchangedSince, replicas }
      addSample(load.samples, sample, rule)
      known.set(id, load)
      return load
    },
    forget: (serviceId: string): boolean => known.delete(serviceId),
    /** Forgets all other services. */
    keepOnly(serviceIds: ReadonlySet<string>): void {
      for (const id of known.keys()) if (!serviceIds.has(id)) known.delete(id)
    },
  }
}
