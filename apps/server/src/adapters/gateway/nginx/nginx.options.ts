import type { DataPaths } from '../../../lib/paths.ts'
import type { NginxHost } from './nginx.process.ts'

/** How to run the gateway with an nginx. */
export type NginxGatewayOptions = {
  dataPaths: DataPaths
  host: NginxHost
  /** The built script that runs inside nginx. */
  scriptFile: string
  /** Called when a start only needs its addresses. The process that holds them must release them. */
  letGo?: () => void
  /** If the access log exceeds this size, it is rotated. */
  logBytes?: number
  /**
   * Called with null when the process has died and was restarted, or with the reason if it cannot be
   * restarted.
   */
  onRestart?: (problem: Error | null) => void
}

/**
 * nginx replaces its workers for a new log, because workers of another account cannot open a file in the data
 * folder. With 64 MiB this happened every five seconds at 40,000 requests per second. The total size of the
 * kept logs is the same as with the embedded gateway.
 */
export const logBytesDefault = 256 * 1024 * 1024
/** How many rotated logs are kept. */
export const logsKept = 3
