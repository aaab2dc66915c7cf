import type { Endpoint, ProcessState, ResourceLimits } from '@vitrine/contract'
import type { PortListener } from '../../lib/procfs/port-ownership.ts'
import type { LostPort } from './port-fate.ts'
import type { ProcessReason } from './process-reason.ts'

/** What is to run: one instance of one release. Immutable; a changed one is a new id. */
export type ProcessSpec = {
  /** Unique for ever: `<service>-r<release>-<replica>`, `[a-z0-9-]`. */
  id: string
  /** Absolute path of an executable file; started directly, no shell of ours. */
  file: string
  args: readonly string[]
  cwd: string
  /** All that the process sees. `VITRINE_INSTANCE=<id>` is in it: the marker by which its whole tree is found. */
  env: Readonly<Record<string, string>>
  /**
   * Whether it serves requests: the driver then gives each start of it an endpoint, told by `HOST` and `PORT` in its environment. Absent: it
   * listens nowhere.
   */
  listens?: boolean | undefined
  /** Log files, absolute; the runner appends. */
  stdoutLog: string
  stderrLog: string
  /** A process that ends sooner than this counts as a failed start. */
  startSeconds: number
  /** TERM, then KILL after this. */
  stopGraceMs: number
  /** Ordinary user to run as; null for the platform's own. */
  user: { name: string; uid: number; gid: number } | null
  /** What its whole tree may use; what is absent is not limited. */
  limits: ResourceLimits
}

/** The limit for which a process was ended: megabytes, or a number of processes and threads. */
export type OverLimit = { resource: 'memory' | 'processes'; limit: number }

/** What is: the runner's own report of one process. */
export type ProcessReport = {
  id: string
  state: ProcessState
  /** Names one life of the process, from its start to its end, in words of the driver; null while it does not live. */
  generation: string | null
  /** Where it is reached, or was the last time that it lived; null where it listens nowhere or was never started. */
  endpoint: Endpoint | null
  /** Why it is being started again with another port; null once it listens on its own. */
  lostPort: LostPort | null
  /** Its main process on this machine; null where there is none, or the driver runs it elsewhere. */
  pid: number | null
  startedAt: Date | null
  exitCode: number | null
  /** The limit for which it was ended the last time, if it was. */
  overLimit: OverLimit | null
  /** Times it was started again after ending by itself; not those for which it got another port. */
  restarts: number
  /** Why it is not well; null while it is, and while it starts. */
  reason: ProcessReason | null
}

/**
 * Where a driver has the ports for its processes from. A port that it gives is free on the machine at that moment, and nobody else who asks
 * has it.
 */
export type PortSource = {
  /** The address that processes listen on. */
  readonly host: string
  /**
   * The port for the next start of a process: the one that it has (`has`), or another where it has none or somebody else has taken it
   * (`lost`, or found out here). Rejects where none is free.
   */
  portFor: (id: string, has: number | null, lost: LostPort | null) => Promise<number>
  /** A process that an earlier control plane left has this port. */
  keep(id: string, port: number): Promise<void>
  /** The process is gone, and has no port any more. */
  release: (id: string) => Promise<void>
}

/**
 * Runs processes that outlive the control plane, one type for supervisord, the local runner and Docker.
 * A process that ends by itself is started again with backoff; five ends in two minutes make it FATAL with a reason until
 * the next `start`. One whose port somebody else has taken, before its start, while it starts, or when it has crashed, is started with
 * another one, as often as it takes; that counts for no crash loop. No call touches a process other than the ones it names.
 */
export type ProcessRunner = {
  readonly kind: 'supervisor' | 'local' | 'docker'
  /** Connects to, adopts or starts what the driver needs. Idempotent. */
  open(): Promise<void>
  /** Makes these known (not started). Specs known under the same id are left alone. */
  add(specs: readonly ProcessSpec[]): Promise<void>
  /** Stops it with its whole process tree if it runs, then forgets it. Unknown ids are no error. */
  remove(id: string): Promise<void>
  /** Starts it; resolves as soon as the process is being started, not when it is ready. No-op if it runs. */
  start(id: string): Promise<void>
  /** Ends it and its whole process tree, also children that made their own session; resolves when none is left. */
  stop(id: string): Promise<void>
  /** Who takes connections at the endpoint of a process that lives: it, or somebody else. A stranger there has it started with another port. */
  listener(id: string): Promise<PortListener>
  /** Everything known, in one call. */
  reports(): Promise<Map<string, ProcessReport>>
  /** Calls back on every change of a report until the returned function is called. */
  watch(onChange: (report: ProcessReport) => void): () => void
  /** Lets go of connections and timers; processes go on. */
  close(): Promise<void>
  /**
   * Stops every process and whatever the driver itself started, and forgets them all: `add` makes them known again. None gets more than
   * `graceMs` between TERM and KILL.
   */
  shutdown(limit?: { graceMs: number }): Promise<void>
}
