import { isDeepStrictEqual } from 'node:util'
import type { ProcessState, ServiceHealth } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { ProcessReport } from '../../adapters/process-runner/process-runner.ts'
import type { Usage } from '../../lib/procfs/process-usage.ts'
import type { HealthPath } from './health-path.ts'
import type { InstanceFacts } from './instance-facts.ts'
import { freshCount, isWell, type HealthCount } from './health-count.ts'
import { healthIntervalOf } from './health-interval.ts'
import type { ProbeResult } from './probe.ts'
import type { InstallNote, Reason } from './reason.ts'

/** An instance that the monitor follows. */
export type WatchedInstance = {
  id: string
  serviceId: string
  release: number
  /** The number of its replica, from 1. */
  replica: number
  /** See `log-names.ts`. */
  logPart?: string
  healthPath: HealthPath
  healthIntervalMs: number
  /** How long a process may take to become ready, in milliseconds. */
  startupTimeoutMs: number
  /** The revision of the configuration that it should have. */
  configRevision: number
  /** How often it was restarted because of its health, before the monitor followed it. */
  healthRestarts: number
  /**
   * A temporary instance runs next to those that serve. It gets no requests from the gateway and does not
   * count in the state of its service.
   */
  temporary: boolean
  /** Whether the task that made it has not let it serve yet: until then it gets no requests. */
  onTrial?: boolean
}

/** Everything known about an instance now. */
export type LiveInstance = WatchedInstance &
  InstanceFacts & {
    /** The address where it is reached, or was last reached. */
    endpoint: InstanceEndpoint | null
    report: ProcessReport | null
    usage: Usage | null
    count: HealthCount
    /** Since when its process has been READY or BUSY without a break. Null if it is neither. */
    wellSince: Date | null
  }

/** The last recorded health of an instance, from an earlier control plane. */
export type RecordedHealth = { at: Date; health: ServiceHealth }

/** The monitor's record of an instance. */
export type Entry = {
  watched: WatchedInstance
  report: ProcessReport | null
  /** How often it had been restarted when its present process was first seen. */
  restarts: number
  probe: ProbeResult
  count: HealthCount
  wellSince: Date | null
  nextProbeAt: number
  probing: boolean
  /** It finishes its requests and is then stopped. It shows as STOPPING, so that it gets no new requests. */
  isWithdrawn: boolean
  /** What is done, or was done without success, before it can be started. A process of it ends this. */
  note: InstallNote | null
  /** The last log lines, if it was given up. */
  lines: readonly string[]
  /** The ports where it listens, if not on its endpoint, and when they were looked up. */
  listens: { at: number; on: readonly number[] }
  /**
   * Whether the process itself was seen to answer at its endpoint and not another process. Also true if this machine cannot find out.
   */
  answersItself: boolean
}

/** The result if nothing is known about its health. */
export const unknown: ProbeResult = { health: 'UNKNOWN', reason: null, found: null }

/** Whether there is a process to probe. */
export const lives = (report: ProcessReport | null) =>
  report?.state === 'RUNNING' || report?.state === 'STARTING'

/**
 * Whether an instance has a process, also one that is being stopped. Its pid does not tell: one of another machine, such as a pod,
 * has none here.
 */
export const hasProcess = (report: ProcessReport | null): boolean =>
  report !== null && report.generation !== null

/** Whether a report changes what is shown of an instance. */
export const isChange = (before: ProcessReport | null, now: ProcessReport): boolean =>
  before?.state !== now.state ||
  before.generation !== now.generation ||
  before.reason !== now.reason ||
  !isDeepStrictEqual(
    [before.endpoint, before.lostPort, before.listeners],
    [now.endpoint, now.lostPort, now.listeners],
  )

/** What is shown of an instance that cannot be started yet. Null for any other. */
const noteOf = ({ report, note }: Entry) => (hasProcess(report) ? null : note)

const reasonOf = (entry: Entry): Reason | null => {
  const { report, probe, lines } = entry
  const note = noteOf(entry)
  if (note) return note
  if (report?.reason) return { code: 'process', reason: report.reason, lines }
  if (report?.lostPort && report.state !== 'STOPPED') return { code: 'port_taken', ...report.lostPort }
  return lives(report) ? probe.reason : null
}

/** Where the process of a report is reached, with the sockets that are its own, or where it last was. */
export function endpointOf(report: ProcessReport | null): InstanceEndpoint | null {
  if (!report?.endpoint) return null
  const { endpoint, listeners } = report
  return 'socket' in endpoint || !listeners ? endpoint : { ...endpoint, listeners }
}

/** The age of a process in milliseconds. */
export const livesMs = (report: ProcessReport | null, now: number): number =>
  now - (report?.startedAt?.getTime() ?? now)
/** The state of a process that has just been started. */
export const newProcessState = (): Omit<Entry, 'watched' | 'report' | 'restarts' | 'probing'> => ({
  probe: unknown,
  count: freshCount,
  wellSince: null,
  nextProbeAt: 0,
  isWithdrawn: false,
  note: null,
  lines: [],
  listens: { at: 0, on: [] },
  answersItself: false,
})

/** What decides when an instance is probed next, and whether its start takes too long. */
export const timingOf = ({ watched, report }: Entry, platformIntervalMs?: () => number) => ({
  livesMs: livesMs(report, Date.now()),
  startupTimeoutMs: watched.startupTimeoutMs,
  intervalMs: healthIntervalOf(watched, platformIntervalMs),
})

/** Takes the result of a probe into an entry. */
export function noteProbe(entry: Entry, result: ProbeResult): void {
  entry.probe = result
  entry.watched.healthPath ??= result.at ?? null
  entry.wellSince = isWell(result.health) ? (entry.wellSince ?? new Date()) : null
}

function stateOf(entry: Entry): ProcessState {
  if (entry.isWithdrawn) return 'STOPPING'
  const note = noteOf(entry)
  if (note) return note.code === 'installing' ? 'STARTING' : 'FATAL'
  return entry.report?.state ?? 'STOPPED'
}

/** The public part of an entry, without the usage of its process. */
export function liveOf(entry: Entry): Omit<LiveInstance, 'usage'> {
  const { watched, report, probe, count, wellSince } = entry
  return {
    ...watched,
    endpoint: endpointOf(report),
    state: stateOf(entry),
    health: lives(report) ? probe.health : 'UNKNOWN',
    reason: reasonOf(entry),
    report,
    count,
    wellSince: lives(report) ? wellSince : null,
  }
}

/**
 * Since when a process from an earlier control plane has been well. If its last recorded health was well,
 * since that record. If nothing was recorded for as long as records are kept, since its start. Otherwise
 * since now. Pure.
 */
export function wellSinceBefore(report: ProcessReport | null, noted: RecordedHealth | null, now: Date): Date {
  const startedAt = report?.startedAt ?? now
  if (noted === null) return startedAt
  return isWell(noted.health) && noted.at >= startedAt ? noted.at : now
}
