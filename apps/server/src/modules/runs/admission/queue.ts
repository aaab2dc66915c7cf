import { createFairQueue, type FairQueue } from '../../../lib/fair-queue.ts'
import type { InstanceMonitor } from '../../instances/instance-monitor.ts'
import { takesRequests } from '../../instances/instance-facts.ts'
import type { StoredRelease } from '../../releases/releases.repository.ts'

/**
 * The runs of each release wait here for their turn. At its instances they would be served in the order of arrival,
 * which is not fair.
 */
export type RunQueue = {
  /** Waits for the turn of a run of this person. Resolves with the function that ends the turn. */
  enter: (
    of: { serviceId: string; release: StoredRelease | null; person: string },
    signal: AbortSignal,
  ) => Promise<() => void>
  /** Counts a run that an earlier control plane had begun. Returns the function that ends its turn. */
  takeAgain: (of: { serviceId: string; release: number | null; person: string }) => () => void
  /** Lets in the runs of a service that its instances have room for. To be called after each change of its instances. */
  changed: (serviceId: string) => void
  /** How many runs wait for the instances of a release that serves. */
  waiting: (serviceId: string, release: number) => number
}

/**
 * How many runs a release gets at once. For each instance this is twice the number that it works on at the same time,
 * so that the instance never waits for its next run. Pure.
 */
export function runsAtOnce(release: Pick<StoredRelease, 'manifest'> | null, instances: number): number {
  const { concurrency, batch } = release?.manifest ?? { concurrency: 1, batch: { max_size: 1 } }
  return 2 * Math.max(1, instances) * concurrency * batch.max_size
}

export function createRunQueue({ monitor }: { monitor: Pick<InstanceMonitor, 'ofService'> }): RunQueue {
  type Known = { queue: FairQueue; serviceId: string; release: StoredRelease | null }
  const queues = new Map<string, Known>()
  const keyOf = (serviceId: string, number: number | null) => `${serviceId}@${number}`

  function queueOf(serviceId: string, number: number | null, release: StoredRelease | null): FairQueue {
    const key = keyOf(serviceId, number)
    const known = queues.get(key)
    if (known) {
      known.release ??= release
      return known.queue
    }
    for (const [other, { queue }] of queues) if (queue.isIdle()) queues.delete(other)
    const instances = () =>
      monitor.ofService(serviceId).filter((each) => each.release === number && takesRequests(each)).length
    const made: Known = {
      serviceId,
      release,
      queue: createFairQueue(() => ({
        atOnce: runsAtOnce(made.release, instances()),
        perPerson: Number.POSITIVE_INFINITY,
      })),
    }
    queues.set(key, made)
    return made.queue
  }

  return {
    enter: ({ serviceId, release, person }, signal) =>
      queueOf(serviceId, release?.number ?? null, release).enter(person, signal),
    takeAgain: ({ serviceId, release, person }) => queueOf(serviceId, release, null).take(person),
    changed(serviceId) {
      for (const known of queues.values()) if (known.serviceId === serviceId) known.queue.admit()
    },
    waiting: (serviceId, release) => queues.get(keyOf(serviceId, release))?.queue.waiting() ?? 0,
  }
}
