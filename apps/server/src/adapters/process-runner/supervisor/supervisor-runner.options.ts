import { join } from 'node:path'
import type { Sandbox } from '../../../lib/sandbox/sandbox.ts'
import type { PortSource } from '../process-runner.ts'
import type { LimitMachine } from '../resource-limits/enforcement.ts'
import type { LogRotation } from '../../log-files/log-rotation.ts'
import type { SocketFolder } from '../socket-folder.ts'

/** The folder of the runner's records, inside supervisord's own folder. */
export const supervisorRecords = (folder: string): string => join(folder, 'records')

/**
 * `folder` is supervisord's own folder, `recordPath` the file that records its process, `program` its
 * executable file.
 */
export type SupervisorRunnerOptions = {
  folder: string
  recordPath: string
  program: string
  ports: PortSource
  sockets: SocketFolder
  onError: (error: unknown) => void
  /** When log files are rotated. */
  logRotation: LogRotation
  /** The sandbox of the machine; by default none. */
  sandbox?: Sandbox
  /** For tests: what this machine offers to enforce limits. */
  examine?: () => Promise<LimitMachine>
}
