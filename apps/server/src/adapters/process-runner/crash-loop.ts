import { constants } from 'node:os'
import type { ProcessEnd, ProcessReason } from './process-reason.ts'
import type { OverLimit } from './process-runner.ts'

/** How a process exited by itself. Times are in milliseconds, `at` since the epoch. If nobody saw when it was, `at` is when it was found out, and `ranMs` is null. */
export type Exit = {
  at: number
  ranMs: number | null
  /** null if the process ended while the control plane was not running. */
  exitCode: number | null
  /** The name, such as `SIGKILL`, if a signal ended it. */
  signal: string | null
  /** The limit that it exceeded, if it was killed for that. */
  overLimit: OverLimit | null
  /** Set if it could not be started. `errno` is the system's error code, such as `ENOENT`; `said` are Docker's own words. */
  spawnFailed?: { errno: string | null; said?: string | undefined; by?: 'kubernetes' | undefined } | undefined
  /** Set if a cluster removed its pod: the message of the cluster. */
  removed?: string | undefined
}

/** This many exits within {@link windowMs} are a crash loop. */
export const exitLimit = 5
/** Length of the window, milliseconds. */
export const windowMs = 120_000
const firstBackoffMs = 250

/** Returns the exit code as a shell shows it: 128 + number for a signal (137 for KILL); null if unknown. */
export function exitCodeOf(exit: Pick<Exit, 'exitCode' | 'signal'>): number | null {
  if (exit.signal === null) return exit.exitCode
  const numbers: Partial<Record<string, number>> = constants.signals
  const number = numbers[exit.signal]
  return number === undefined ? exit.exitCode : 128 + number
}

/** Returns the signal that an exit code stands for in a shell, such as `SIGKILL` for 137; null for any other code. */
export function signalOf(exitCode: number): string | null {
  return Object.entries(constants.signals).find(([, number]) => exitCode === 128 + number)?.[0] ?? null
}

/** Converts an exit to a fact. */
export function endOf(exit: Exit): ProcessEnd {
  const { ranMs, exitCode, signal, overLimit, spawnFailed, removed } = exit
  if (removed !== undefined) return { code: 'removed_by_cluster', said: removed, ranMs }
  if (spawnFailed) return { code: 'spawn_failed', ...spawnFailed }
  if (overLimit?.resource === 'memory') return { code: 'out_of_memory', limitMb: overLimit.limit, ranMs }
  if (overLimit) return { code: 'too_many_processes', limit: overLimit.limit, ranMs }
  if (signal !== null) return { code: 'signalled', signal, ranMs }
  return exitCode === null ? { code: 'ended_unseen', ranMs } : { code: 'exited', exitCode, ranMs }
}

/** Returns the exits that still count at `now`, oldest first. */
export function recentExits(exits: readonly Exit[], now: number): Exit[] {
  return exits.filter((exit) => now - exit.at < windowMs)
}

/** Returns why a process is given up after these exits. */
export function crashLoopOf(exits: readonly Exit[]): ProcessReason {
  const last = exits.at(-1)
  if (!last) return { code: 'could_not_start' }
  return { code: 'crash_loop', exits: exits.length, withinS: windowMs / 1000, last: endOf(last) }
}

/**
 * Decides what to do after an exit: restart after a pause that doubles with each recent exit (0.25 s, 0.5 s, 1 s, 2 s),
 * or give up with a reason. `exits` includes the new one. supervisord has its own pause, so for it only giving up is
 * decided here.
 */
export function afterExit(
  exits: readonly Exit[],
  now: number,
): { kind: 'restart'; afterMs: number } | { kind: 'give_up'; reason: ProcessReason } {
  const recent = recentExits(exits, now)
  if (recent.length >= exitLimit) return { kind: 'give_up', reason: crashLoopOf(recent) }
  const doublings = Math.max(0, recent.length - 1)
  return { kind: 'restart', afterMs: firstBackoffMs * 2 ** doublings }
}
