import type { Endpoint, ProcessState, ResourceLimits, ServiceMode } from '@vitrine/contract'
import type { RunAs } from '../../lib/run-command.ts'
import type { SandboxView } from '../../lib/sandbox/sandbox-command.ts'
import type { PortListener } from '../../lib/procfs/port-ownership.ts'
import type { Usage } from '../../lib/procfs/process-usage.ts'
import type { LostPort } from './port-decision.ts'
import type { ProcessEnd, ProcessReason } from './process-reason.ts'

/** What a process runs as. `groups` are those that it is in besides that of its account. */
export type InstanceAccount = RunAs & { groups?: readonly number[] | undefined }

/** What to run: one instance of one release. Immutable; a changed one gets a new id. */
export type ProcessSpec = {
  /** Never reused: `<service>-r<release>-<n>` with a running number, `[a-z0-9-]`. */
  id: string
  /** Absolute path of an executable file. It is started directly, without a shell of ours. */
  file: string
  args: readonly string[]
  cwd: string
  /**
   * The complete environment of the process. It contains `VITRINE_INSTANCE=<id>`, the marker by which its
   * whole tree is found.
   */
  env: Readonly<Record<string, string>>
  /**
   * How it serves requests. For a port, the driver gives each start one, in the variables `HOST` and `PORT`.
   * For a socket, the driver creates one for each start, which listens already, and `VITRINE_LISTEN_FD` is its
   * descriptor in the program. If absent, it does not listen.
   */
  listens?: 'port' | 'socket' | undefined
  /** Log files, absolute paths. The runner appends to them. */
  stdoutLog: string
  stderrLog: string
  /** A process that exits sooner than this counts as a failed start. */
  startSeconds: number
  /** Time between TERM and KILL. */
  stopGraceMs: number
  /** The account to run as; null for the platform's own. It needs no name on the machine. */
  user: InstanceAccount | null
  /** What its whole tree may use. An absent value is not limited. */
  limits: ResourceLimits
  /**
   * What it sees of the machine besides the system: it runs in a sandbox if this machine can. If absent, it
   * never does.
   */
  sandbox?: SandboxView | undefined
  /**
   * The image of its container, by id or reference: `file`, `args` and `cwd` are paths in it. Only the drivers for
   * Docker and Kubernetes take a spec with an image, and take no other.
   */
  image?: string | undefined
  /**
   * The processes with the same name stand in for each other, such as the instances of one service: `[a-z0-9-]`. A
   * cluster spreads them over its nodes and moves one at a time. If absent, it stands alone.
   */
  group?: string | undefined
}

/** What a cluster keeps for one process, so that nobody else can have it: cores, bytes, devices. */
export type ReservedRoom = { cpu: number; memoryBytes: number; gpus: number }

/** The limit because of which a process was killed: megabytes, or a number of processes and threads. */
export type OverLimit = { resource: 'memory' | 'processes'; limit: number }

/** The runner's own report of one process: its actual state. */
export type ProcessReport = {
  id: string
  /** The account that it runs as; null for the platform's own. */
  account: InstanceAccount | null
  state: ProcessState
  /**
   * Identifies one life of the process, from its start to its end. The format depends on the driver. null
   * while it is not alive.
   */
  generation: string | null
  /**
   * Where it can be reached, or could be in its last life; null if it does not listen, or has no port because it
   * was never started.
   */
  endpoint: Endpoint | null
  /**
   * The sockets that listen on its port and were seen to be its own, by their inodes. If absent, this is not known
   * (yet), or it has no port.
   */
  listeners?: readonly string[] | undefined
  /** Why it is being started with another port; null once it listens on its own. */
  lostPort: LostPort | null
  /** Its main process on this machine; null if there is none, or if the driver runs it elsewhere. */
  pid: number | null
  /** The node of a cluster that it is on. Absent or null if it is on none. */
  node?: string | null | undefined
  /** What is kept for it on that node. Absent or null if it is on none. */
  reserved?: ReservedRoom | null | undefined
  startedAt: Date | null
  exitCode: number | null
  /** The limit because of which it was killed the last time, if it was. */
  overLimit: OverLimit | null
  /**
   * How it exited the last time by itself, also while it runs again; null if it has not since it was last
   * started, without the ends because of its port.
   */
  lastEnd: ProcessEnd | null
  /** When that was, or when it was found out if nobody saw it; null if `lastEnd` is. */
  lastEndAt: Date | null
  /** How many times it was restarted after an exit, without the starts with another port. */
  restarts: number
  /** Why it is not well; null while it is well or starting. */
  reason: ProcessReason | null
}

/**
 * The source of ports for a driver's processes. A port from it is free on the machine at that moment, and
 * nobody else gets it from this source.
 */
export type PortSource = {
  /** The address that processes listen on. */
  readonly host: string
  /**
   * Returns the port for the next start of a process. This is the port that it has (`has`), or another one if
   * it has none or another process has taken it (`lost`, or found out here). Rejects if no port is free.
   */
  portFor: (id: string, has: number | null, lost: LostPort | null) => Promise<number>
  /** Reserves a port for a process that an earlier control plane left. */
  keep(id: string, port: number): Promise<void>
  /** Releases the port of a process that is gone. */
  release: (id: string) => Promise<void>
}

/**
 * Runs processes that outlive the control plane. One type for supervisord and the local runner. A
 * process that exits is restarted with backoff; five exits in two minutes make it FATAL with a reason until
 * the next `start`. If another process has taken its port, before its start, during its start, or after a
 * crash, it is started with another port, as often as needed; this does not count for a crash loop. No call
 * touches processes other than those it names.
 */
export type ProcessRunner = {
  readonly kind: ServiceMode
  /** Connects to, adopts or starts what the driver needs. Idempotent. */
  open(): Promise<void>
  /** Registers specs without starting them. A spec whose id is already registered is left alone. */
  add(specs: readonly ProcessSpec[]): Promise<void>
  /** Stops the process with its whole tree if it runs, then removes it. An unknown id is no error. */
  remove(id: string): Promise<void>
  /**
   * Starts it. Resolves as soon as the process is being started, not when it is ready. No effect if it runs.
   */
  start(id: string): Promise<void>
  /** Ends the process and its whole tree, even children in other sessions. Resolves when none is left. */
  stop(id: string): Promise<void>
  /**
   * Returns who accepts connections at the endpoint of a living process. If it is a foreign process, this
   * process is started with another port. At a socket, it is never a foreign one.
   */
  listener(id: string): Promise<PortListener>
  /** Returns the reports of all registered processes. */
  reports(): Promise<Map<string, ProcessReport>>
  /** Returns what processes use that run on other machines, by their ids. Without this function, all run on this one. */
  usage?(): Promise<ReadonlyMap<string, Usage>>
  /** Calls `onChange` for every change of a report until the returned function is called. */
  watch(onChange: (report: ProcessReport) => void): () => void
  /** Closes connections and timers. The processes continue. */
  close(): Promise<void>
  /**
   * Stops every process and everything that the driver itself started, and removes all of them; `add`
   * registers them again. No process gets more than `graceMs` between TERM and KILL.
   */
  shutdown(limit?: { graceMs: number }): Promise<void>
}
