import type { LogRotation } from '../../log-files/log-rotation.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { PortSource, ProcessReport } from '../process-runner.ts'
import type { ContainerLog } from './container-log.ts'
import type { DockerEngine } from './docker-engine.ts'

/** What the process of a container needs from its runner. */
export type DockerProcessHost = {
  engine: DockerEngine
  /** Names the platform to Docker. */
  platform: string
  network: string
  rotation: LogRotation
  ports: PortSource
  log: ContainerLog
  /** Whether Docker does not answer now. */
  isAway(): boolean
  save(record: ProcessRecord): Promise<void>
  /** Runs work in the background, in turn with the calls for this process. */
  later(work: () => Promise<void>): void
  changed(report: ProcessReport): void
  onError(error: unknown): void
}
