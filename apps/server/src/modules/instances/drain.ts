import { waitFor } from '../../lib/wait-for.ts'
import { endsWithPlatform } from '../tasks/task-kind.ts'
import type { InstancesDeps } from './instances.usecases.ts'

/** However long a service may take for an answer, nothing is waited for longer than this. */
const longestMs = 60_000
const everyMs = 50

/**
 * Waits until instances that get no more requests have answered those they have, at most as long as their service may take
 * for one and never over a minute. A cancelled task does not wait on; one that ends with the control plane rejects, for the next
 * one begins it anew. Returns how many requests are still under way.
 */
export async function drainInstances(
  deps: Pick<InstancesDeps, 'inFlight'>,
  instances: readonly { id: string }[],
  options: { timeoutS: number; signal: AbortSignal },
): Promise<number> {
  const { signal } = options
  let left = 0
  const isDone = async () => {
    const counts = await Promise.all(instances.map(deps.inFlight))
    left = counts.reduce((sum, count) => sum + count, 0)
    return left === 0 || signal.aborted
  }
  await waitFor(isDone, { timeoutMs: Math.min(options.timeoutS * 1000, longestMs), everyMs })
  if (endsWithPlatform(signal)) signal.throwIfAborted()
  return left
}
