import type { TcpEndpoint } from '@vitrine/contract'
import type { ProcessRunner } from '../../adapters/process-runner/process-runner.ts'
import type { WatchedInstance } from './live-instance.ts'
import type { Probe } from './probe.ts'

/** What the monitor needs. */
export type InstanceMonitorDeps = {
  runner: Pick<ProcessRunner, 'watch' | 'reports' | 'listener' | 'usage'>
  probe: Probe
  /** How often instances are probed whose packages leave it to the platform, in milliseconds. */
  healthIntervalMs?: () => number
  /** The ports on which a process and its descendants listen. */
  portsOf: (pid: number) => Promise<readonly number[]>
  /** Where a process and its descendants connect to without an answer so far. */
  awaitedBy?: (pid: number) => Promise<readonly TcpEndpoint[]>
  /** The last log lines of an instance. */
  lastLines: (instance: WatchedInstance) => Promise<readonly string[]>
  /** Gets the id of each service in which something changed. */
  onChange: (serviceId: string) => void
  onError: (error: unknown) => void
}
