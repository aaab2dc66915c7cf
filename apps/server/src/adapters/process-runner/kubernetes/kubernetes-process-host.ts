import type { ProcessHost } from '../frame/process-life.ts'
import type { KubernetesCluster } from './kubernetes-cluster.ts'
import type { PodLog } from './pod-log.ts'
import type { SeenObjects } from './seen-objects.ts'

/** What the process of a pod needs from its runner. */
export type KubernetesProcessHost = ProcessHost & {
  cluster: KubernetesCluster
  seen: SeenObjects
  log: PodLog
  /** How long a pod serves on after it was told to end, in milliseconds. */
  drainMs: number
  /** Whether the cluster does not answer now. */
  isAway: () => boolean
}
