import { AppError } from '../../../lib/errors.ts'
import { kubernetesSaid, refusedStatus } from '../../kubernetes/kubernetes.errors.ts'
import type { ClusterCause, ProcessReason } from '../process-reason.ts'
import { currentPod, type PodFacts, type Seen } from './pod-facts.ts'

/** The longest message of the cluster that is kept, in characters. */
const longestSaid = 500

const ofImage = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
])
const ofContainer = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CreatePodSandboxError',
])

const refusal = (cause: ClusterCause, said: string): ProcessReason => ({
  code: 'refused_by_cluster',
  cause,
  said: said.replaceAll(/\s+/g, ' ').trim().slice(0, longestSaid),
})

/** Why the cluster makes no pod. Pure. */
const podRefusal = (said: string): ProcessReason =>
  refusal(/exceeded quota|must specify|limited:/.test(said) ? 'quota' : 'admission', said)

function waitingRefusal({ waiting }: PodFacts): ProcessReason | null {
  if (waiting === null) return null
  const said = waiting.message || waiting.reason
  if (ofImage.has(waiting.reason)) return refusal('image', said)
  return ofContainer.has(waiting.reason) ? refusal('container', said) : null
}

/** Why the cluster does not run an instance, in its own words; null if it does, or may do so soon. Pure. */
export function clusterRefusal(seen: Seen): ProcessReason | null {
  const pod = currentPod(seen)
  if (pod === null) return seen.replicaSet?.failure ? podRefusal(seen.replicaSet.failure) : null
  if (pod.unscheduled !== null) return refusal('unschedulable', pod.unscheduled)
  return waitingRefusal(pod)
}

/**
 * The refusal with more information: the cluster's message about a pause says less than the failure before it. Pure.
 */
export const fullerRefusal = (
  now: ProcessReason | null,
  before: ProcessReason | null,
): ProcessReason | null =>
  now?.code === 'refused_by_cluster' &&
  before?.code === 'refused_by_cluster' &&
  now.cause === before.cause &&
  /^back-off /i.test(now.said)
    ? before
    : now

/** A refusal of the cluster that lasts until a person changes something. Null for any other error. Pure. */
export function lastingRefusal(error: unknown): ProcessReason | null {
  const isTaken = error instanceof AppError && error.code === 'process.kubernetes_name_taken'
  if (!isTaken && refusedStatus(error) === null) return null
  const said = isTaken ? error.message : kubernetesSaid(error)
  return { code: 'refused_by_cluster', cause: 'refused', said }
}
