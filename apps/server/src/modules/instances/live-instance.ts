import type { Endpoint, ServiceHealth } from '@vitrine/contract'
import type { ProcessReport } from '../../adapters/process-runner/process-runner.ts'
import type { Usage } from '../../lib/procfs/process-usage.ts'
import type { InstanceFacts } from './instance-facts.ts'
import { freshCount, isWell, type HealthCount } from './health-count.ts'
import type { ProbeResult } from './probe.ts'
import type { Reason } from './reason.ts'

/** An instance that is watched. */
export type WatchedInstance = {
  id: string
  serviceId: string
  release: number
  /** Its place among the replicas, from 1. */
  replica: number
  /** See `log-names.ts`. */
  logPart?: string
  healthPath: string
  healthIntervalMs: number
  /** How long a process may take to become ready. */
  startupTimeoutMs: number
  /** Times that it was started again because of its health, before it was watched. */
  healthRestarts: number
  /** Runs for a while beside those that serve: it is nobody's upstream and no part of its service's state. */
  temporary: boolean
}

/** All that is known of an instance now. */
export type LiveInstance = WatchedInstance &
  InstanceFacts & {
    /** Where it is reached, or was the last time that it lived. */
    endpoint: Endpoint | null
    report: ProcessReport | null
    usage: Usage | null
    count: HealthCount
    /** Since when its process has been READY or BUSY without a break; null while it is neither. */
    wellSince: Date | null
  }

/** What was noted of an instance last, before this control plane. */
export type Noted = { at: Date; health: ServiceHealth }

/** What the board keeps of an instance. */
export type Entry = {
  watched: WatchedInstance
  report: ProcessReport | null
  probe: ProbeResult
  count: HealthCount
  wellSince: Date | null
  nextProbeAt: number
  probing: boolean
  /** It finishes what it has and is then stopped: it shows as STOPPING, so that nobody is sent to it. */
  leaving: boolean
  /** Of one that was given up: the last lines of its log. */
  lines: readonly string[]
  /** Of one that does not listen where it should: where it does, and when that was looked up. */
  listens: { at: number; on: readonly number[] }
  /** Whether the process itself, and no stranger, was seen to answer at its endpoint, or that cannot be told here. */
  isItself: boolean
}

/** Nothing is known of its health. */
export const unknown: ProbeResult = { health: 'UNKNOWN', reason: null, found: null }

/** Whether there is a process to ask. */
export const lives = (report: ProcessReport | null) =>
  report?.state === 'RUNNING' || report?.state === 'STARTING'

const reasonOf = ({ report, probe, lines }: Entry): Reason | null => {
  if (report?.reason) return { code: 'process', reason: report.reason, lines }
  if (report?.lostPort && report.state !== 'STOPPED') return { code: 'port_taken', ...report.lostPort }
  return lives(report) ? probe.reason : null
}
/** How long a process has lived, milliseconds. */
export const livesMs = (report: ProcessReport | null, now: number): number =>
  now - (report?.startedAt?.getTime() ?? now)
/** What is known of a process that was just started. */
export const fresh = (): Omit<Entry, 'watched' | 'report' | 'probing'> => ({
  ...{ probe: unknown, count: freshCount, wellSince: null, nextProbeAt: 0, leaving: false, lines: [] },
  ...{ listens: { at: 0, on: [] }, isItself: false },
})

/** What an entry shows, but for what its process uses. */
export function liveOf(entry: Entry): Omit<LiveInstance, 'usage'> {
  const { watched, report, probe, count, wellSince } = entry
  return {
    ...watched,
    endpoint: report?.endpoint ?? null,
    state: entry.leaving ? 'STOPPING' : (report?.state ?? 'STOPPED'),
    health: lives(report) ? probe.health : 'UNKNOWN',
    reason: reasonOf(entry),
    ...{ report, count, wellSince: lives(report) ? wellSince : null },
  }
}

/**
 * Since when a process has been well that an earlier control plane left: since what was noted of it last, if that is well; since its
 * start, if nothing was noted for as long as notes are kept; else since now. Pure.
 */
export function wellSinceBefore(report: ProcessReport | null, noted: Noted | null, now: Date): Date {
  const startedAt = report?.startedAt ?? now
  if (noted === null) return startedAt
  return isWell(noted.health) && noted.at >= startedAt ? noted.at : now
}
