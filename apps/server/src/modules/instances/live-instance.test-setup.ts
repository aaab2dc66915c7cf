import type { ProcessReport, ProcessSpec } from '../../adapters/process-runner/process-runner.ts'
import type { LiveInstance, WatchedInstance } from './live-instance.ts'

/** An instance of the service `demo` that is ready. `part` is what differs. */
export const liveInstance = (part: Partial<LiveInstance> = {}): LiveInstance => ({
  id: 'demo-r1-1',
  serviceId: 'demo',
  release: 1,
  replica: 1,
  endpoint: null,
  temporary: false,
  healthPath: '/health',
  healthIntervalMs: 10_000,
  startupTimeoutMs: 60_000,
  configRevision: 0,
  healthRestarts: 0,
  state: 'RUNNING',
  health: 'READY',
  reason: null,
  usage: null,
  report: null,
  count: { wellAtMs: 1, bad: 0 },
  wellSince: null,
  ...part,
})

/** The report of a running process of that instance. `part` is what differs. */
export const processReport = (part: Partial<ProcessReport> = {}): ProcessReport => ({
  id: 'demo-r1-1',
  account: null,
  state: 'RUNNING',
  pid: 1,
  startedAt: null,
  exitCode: null,
  restarts: 0,
  reason: null,
  overLimit: null,
  lastEnd: null,
  lastEndAt: null,
  generation: '1',
  endpoint: null,
  lostPort: null,
  ...part,
})

/** An instance to watch, for tests. */
export const watchedInstance = (part: Partial<WatchedInstance> = {}): WatchedInstance => ({
  id: 'demo-r1-1',
  serviceId: 'demo',
  release: 1,
  replica: 1,
  healthPath: '/health',
  healthIntervalMs: 10_000,
  startupTimeoutMs: 60_000,
  configRevision: 0,
  healthRestarts: 0,
  temporary: false,
  ...part,
})

/** What to run, for tests with invented processes. */
export const processSpec = (of: string, listens: 'port' | 'socket'): ProcessSpec => ({
  id: of,
  file: '/bin/true',
  args: [],
  cwd: '/',
  env: {},
  user: null,
  limits: {},
  listens,
  stdoutLog: '/dev/null',
  stderrLog: '/dev/null',
  startSeconds: 1,
  stopGraceMs: 100,
})
