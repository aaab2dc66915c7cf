import type { DataPaths } from '../../../lib/paths.ts'
import type { Account } from '../../../lib/system-user.ts'
import type { NginxHost } from './nginx.process.ts'

/** How to run the gateway with an nginx. */
export type NginxGatewayOptions = {
  dataPaths: DataPaths
  host: NginxHost
  /** The built script that runs inside nginx. */
  scriptFile: string
  /** Lets the account of the workers reach the control plane. */
  admit?: (account: Account) => Promise<void>
  /**
   * Called when a start only needs its addresses. The process that holds them must release them. If absent, no other driver
   * has them.
   */
  letGo?: (() => void) | undefined
  /** For tests: how long a client may take nothing of an answer, in milliseconds, instead of `stalledClientMs`. */
  stalledMs?: number | undefined
  /** If the access log exceeds this size, it is rotated. */
  logBytes?: number
  /**
   * Called with null when the process has died and was restarted, or with the reason if it cannot be
   * restarted.
   */
  onRestart?: (problem: Error | null) => void
  /** Called when it serves, but cannot listen on a port that has become free or rotate its log. It is tried again until it succeeds. */
  onTrouble?: (error: unknown) => void
  /** Called when the table or the keys in force cannot be written for the next start. It is tried again until it succeeds. */
  onUnwritten?: (error: unknown) => void
}

/**
 * Starts nginx and lets the account of its workers reach the control plane: before, if it is known, else as soon as
 * they run. Only the configuration of the system's nginx names its account.
 */
export async function startAdmitted(
  { host, admit }: NginxGatewayOptions,
  start: () => Promise<void>,
): Promise<void> {
  const admitWorkers = async () => {
    const account = await host.account()
    if (account) await admit?.(account)
  }
  await admitWorkers()
  await start()
  await admitWorkers()
}

/**
 * nginx replaces its workers for a new log, because workers of another account cannot open a file in the data
 * folder. With 64 MiB this happened every five seconds at 40,000 requests per second. The total size of the
 * kept logs is the same as with the embedded gateway.
 */
export const logBytesDefault = 256 * 1024 * 1024
/** How many rotated logs are kept. */
export const logsKept = 3
