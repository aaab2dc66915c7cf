import type { ProcessState, ResourceLimits } from '@vitrine/contract'
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
  pid: number | null
  startedAt: Date | null
  exitCode: number | null
  /** The limit for which it was ended the last time, if it was. */
  overLimit: OverLimit | null
  /** Times it was started again after ending by itself. */
  restarts: number
  /** Why it is not well; null while it is, and while it starts. */
  reason: ProcessReason | null
}

/**
 * Runs processes that outlive the control plane, one type for supervisord, the local runner and Docker.
 * A process that ends by itself is started again with backoff; five ends in two minutes make it FATAL with a reason until
 * the next `start`. No call touches a process other than the ones it names.
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
