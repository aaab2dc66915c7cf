import type { ProcessIdentity } from '../../../lib/procfs/process-identity.ts'
import type { LimitKeeper } from '../limit-keeper.ts'
import type { PortGuard } from '../port-guard.ts'
import type { ProcessHost } from '../frame/process-life.ts'
import type { PortSource, ProcessSpec } from '../process-runner.ts'
import type { Limiter } from '../resource-limits/resource-limits.ts'
import type { SocketFolder } from '../socket-folder.ts'

/** What a local process needs from its runner. */
export type LocalProcessHost = ProcessHost & {
  /**
   * Starts the process, with a new socket if it listens on one. If many start at once, they are started one after
   * the other.
   */
  launch(spec: ProcessSpec, socket: string | null, onExit: (ending: Ending) => void): Promise<ProcessIdentity>
  /** Whether processes that ask for a sandbox get one. */
  hasSandbox: boolean
  limiter: Limiter
  keeper: LimitKeeper
  ports: PortSource
  sockets: SocketFolder
  guard: Pick<PortGuard, 'lossOf' | 'listenersOf'>
}

/** How a process ended, as its parent saw it. */
export type Ending = { exitCode: number | null; signal: string | null }
