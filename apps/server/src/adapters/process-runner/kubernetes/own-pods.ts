import { kubernetesUnavailable } from '../../kubernetes/kubernetes.errors.ts'
import type { KubernetesProcessHost } from './kubernetes-process-host.ts'
import { mayRun, type PodFacts } from './pod-facts.ts'

/** How much longer than its grace time a pod may take before it is removed by force, such as one on a lost node. */
const patienceMs = 30_000
const notBegunMs = 1_000

/**
 * Removes all that the cluster has of an instance. Resolves with the pods that have ended for it; rejects if one does
 * not, even by force. A pod that may still get requests keeps serving for its drain time, unless it has no grace time
 * at all.
 */
export async function removeAll(
  id: string,
  { cluster, seen, drainMs }: Pick<KubernetesProcessHost, 'cluster' | 'seen' | 'drainMs'>,
  graceMs: number,
): Promise<PodFacts[]> {
  await cluster.removeKeeper(id)
  const left = () => seen.of(id).pods.filter((pod) => mayRun(pod, Date.now()))
  const ending = left()
  const totalMs = graceMs === 0 ? 0 : graceMs + drainMs
  // A program that has not begun needs no time to finish.
  const graceOf = ({ hasBegun }: PodFacts) => (hasBegun ? totalMs : Math.min(totalMs, notBegunMs))
  await Promise.all(ending.map((pod) => cluster.endPod(pod, graceOf(pod))))
  const isGone = () => left().length === 0
  if (!(await seen.until(isGone, totalMs + patienceMs))) {
    await Promise.all(left().map((pod) => cluster.endPod(pod, 0)))
    if (!(await seen.until(isGone, patienceMs)))
      throw kubernetesUnavailable({ why: `pod ${left()[0]?.name ?? ''} does not end` })
  }
  return ending
}
