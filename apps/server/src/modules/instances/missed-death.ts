import type { ProcessState } from '@vitrine/contract'
import type { ProcessReport } from '../../adapters/process-runner/process-runner.ts'
import type { Reason } from './reason.ts'

/**
 * The report of a death that no report tells by itself: the next process was running before the runner looked, as
 * under supervisord, which restarts a process at once. Null if none was missed. `restarts` is how often the instance had
 * been restarted when the process of `before` was first seen. Pure.
 */
export function missedDeath(
  before: ProcessReport | null,
  now: ProcessReport,
  restarts: number,
): ProcessReport | null {
  const isNext =
    before !== null &&
    before.generation !== null &&
    now.generation !== null &&
    before.generation !== now.generation
  // A requested start and a start with another port are no restarts, and are no deaths.
  if (!isNext || now.lastEnd === null || now.restarts <= restarts) return null
  const { lastEnd: reason } = now
  const { listeners: _former, ...rest } = now
  return { ...rest, state: 'BACKOFF', generation: null, pid: null, startedAt: null, reason }
}

/** The death of a process that nobody saw: when it was, as far as that is known, and why. */
export type UnseenDeath = { at: Date; reason: Reason }

/**
 * The death of the process that an earlier control plane noted last as running, if another process of the instance runs
 * now. Null if it is the same process, as far as is known, or if the state says by itself what happened. An end after the
 * note tells it as well as a later start: some drivers know a start only to the second, which may be that of the note. Pure.
 */
export function unseenDeath(
  report: ProcessReport | null,
  noted: { at: Date; status: ProcessState } | null,
): UnseenDeath | null {
  if (noted?.status !== 'RUNNING' || !report?.startedAt) return null
  const { lastEnd, lastEndAt, startedAt } = report
  const isYounger = startedAt > noted.at
  // An end from before that was noted then, and says nothing about this one.
  if (lastEnd === null || lastEndAt === null || lastEndAt <= noted.at)
    return isYounger ? { at: startedAt, reason: { code: 'restarted_away' } } : null
  const at = isYounger && startedAt < lastEndAt ? startedAt : lastEndAt
  return { at, reason: { code: 'process', reason: lastEnd, lines: [] } }
}
