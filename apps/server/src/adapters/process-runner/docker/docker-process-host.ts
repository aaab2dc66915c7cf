import type { LogRotation } from '../../log-files/log-rotation.ts'
import type { ProcessHost } from '../frame/process-life.ts'
import type { PortSource } from '../process-runner.ts'
import type { ContainerLog } from './container-log.ts'
import type { DockerEngine } from './docker-engine.ts'

/** What the process of a container needs from its runner. */
export type DockerProcessHost = ProcessHost & {
  engine: DockerEngine
  /** Names the platform to Docker. */
  platform: string
  network: string
  rotation: LogRotation
  ports: PortSource
  log: ContainerLog
  /** Whether Docker does not answer now. */
  isAway: () => boolean
}
