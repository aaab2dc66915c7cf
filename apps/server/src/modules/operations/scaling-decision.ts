import type { ScalingRule } from '@vitrine/contract'

/** How many requests a service had in progress at a moment, in milliseconds. */
export type LoadSample = { at: number; requests: number }

/** What is known of the load of a service. */
export type Load = {
  /** The oldest first. The newest is from now. */
  samples: readonly LoadSample[]
  /** When the wanted number of instances last changed, in milliseconds. */
  unchangedSince: number
}

/** Another number of instances, and why. `requests` is the number of requests in progress that asks for it. */
export type Scaling = { to: number; why: 'bounds' | 'more' | 'fewer'; requests: number }

/** The load is the average of so many milliseconds, so that a short peak starts no instance. */
export const windowMs = 10_000
/** The fewest samples that make an average. */
const fewestSamples = 3
/**
 * Fewer instances are enough only if the load would take no more than this part of them. Otherwise a load at the limit
 * would add and remove the same instance for ever.
 */
const comfortable = 0.8

type Average = { at: number; requests: number; samples: number }

/** The average load of the window before each sample. */
function averagesOf(samples: readonly LoadSample[]): Average[] {
  const inWindow: LoadSample[] = []
  let sum = 0
  return samples.map((sample) => {
    inWindow.push(sample)
    sum += sample.requests
    while (inWindow[0] && inWindow[0].at <= sample.at - windowMs) sum -= inWindow.shift()?.requests ?? 0
    return { at: sample.at, requests: sum / inWindow.length, samples: inWindow.length }
  })
}

/** The greatest load of the cool-down. Null if the number of instances has changed in it, or not all of it was seen. */
function peakOf(load: Load, averages: readonly Average[], { from }: { from: number }): number | null {
  const [first] = averages
  if (!first || first.at > from || load.unchangedSince > from) return null
  return Math.max(...averages.filter(({ at }) => at >= from).map(({ requests }) => requests))
}

/**
 * What a rule wants of a service with so many instances, or null if nothing. More instances come as soon as the average
 * load asks for them. There are fewer only when they would have been enough, with some room, during the whole
 * cool-down. Pure.
 */
export function decideScaling(rule: ScalingRule, replicas: number, load: Load): Scaling | null {
  const { min, max, concurrency } = rule
  const within = (count: number) => Math.min(max, Math.max(min, count))
  const averages = averagesOf(load.samples)
  const now = averages.at(-1)
  if (within(replicas) !== replicas)
    return { to: within(replicas), why: 'bounds', requests: now?.requests ?? 0 }
  if (!now || now.samples < fewestSamples) return null
  const more = within(Math.ceil(now.requests / concurrency))
  if (more > replicas) return { to: more, why: 'more', requests: now.requests }
  const enoughFor = (requests: number) => within(Math.ceil(requests / (concurrency * comfortable)))
  if (enoughFor(now.requests) >= replicas) return null
  const peak = peakOf(load, averages, { from: now.at - rule.cool_down_seconds * 1000 })
  if (peak === null || enoughFor(peak) >= replicas) return null
  return { to: enoughFor(peak), why: 'fewer', requests: peak }
}
