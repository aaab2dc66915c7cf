import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReport } from '../process-runner.ts'
import type { KubernetesCluster } from './kubernetes-cluster.ts'
import type { PodLog } from './pod-log.ts'
import type { SeenObjects } from './seen-objects.ts'

/** What the process of a pod needs from its runner. */
export type KubernetesProcessHost = {
  cluster: KubernetesCluster
  seen: SeenObjects
  log: PodLog
  /** How long a pod serves on after it was told to end, in milliseconds. */
  drainMs: number
  /** Whether the cluster does not answer now. */
  isAway(): boolean
  save(record: ProcessRecord): Promise<void>
  /** Runs work in the background, in turn with the calls for this process. */
  later(work: () => Promise<void>): void
  changed(report: ProcessReport): void
  onError(error: unknown): void
}
