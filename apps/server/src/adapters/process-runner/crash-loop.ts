import { constants } from 'node:os'
import type { ProcessEnd, ProcessReason } from './process-reason.ts'
import type { OverLimit } from './process-runner.ts'

/** How a process ended by itself. Times in milliseconds, `at` since the epoch. */
export type Exit = {
  at: number
  ranMs: number
  /** null where the process ended while nobody was there to see it. */
  exitCode: number | null
  /** Name such as `SIGKILL` where a signal ended it. */
  signal: string | null
  /** The limit for which it was ended. */
  overLimit: OverLimit | null
  /** Whether it never began; `errno` is the system's word for why, such as `ENOENT`. */
  spawnFailed?: { errno: string | null } | undefined
}

/** This many ends within {@link windowMs} are a crash loop. */
export const exitLimit = 5
/** Length of the window, milliseconds. */
export const windowMs = 120_000
const firstBackoffMs = 250
const longestBackoffMs = 30_000

/** The exit code as a shell says it: 128 + number for a signal (137 for KILL); null when unknown. */
export function exitCodeOf(exit: Pick<Exit, 'exitCode' | 'signal'>): number | null {
  if (exit.signal === null) return exit.exitCode
  const numbers: Partial<Record<string, number>> = constants.signals
  const number = numbers[exit.signal]
  return number === undefined ? exit.exitCode : 128 + number
}

/** One end as a fact. */
export function endOf(exit: Exit): ProcessEnd {
  const { ranMs, exitCode, signal, overLimit, spawnFailed } = exit
  if (spawnFailed) return { code: 'spawn_failed', errno: spawnFailed.errno }
  if (overLimit?.resource === 'memory') return { code: 'out_of_memory', limitMb: overLimit.limit, ranMs }
  if (overLimit) return { code: 'too_many_processes', limit: overLimit.limit, ranMs }
  if (signal !== null) return { code: 'signalled', signal, ranMs }
  return exitCode === null ? { code: 'ended_unseen', ranMs } : { code: 'exited', exitCode, ranMs }
}

/** The ends that still count at `now`, oldest first. */
export function recentExits(exits: readonly Exit[], now: number): Exit[] {
  return exits.filter((exit) => now - exit.at < windowMs)
}

/** Why a process is given up after these ends. */
export function crashLoopOf(exits: readonly Exit[]): ProcessReason {
  const last = exits.at(-1)
  if (!last) return { code: 'could_not_start' }
  return { code: 'crash_loop', exits: exits.length, withinS: windowMs / 1000, last: endOf(last) }
}

/**
 * What to do after an end: start again after a pause that doubles with each recent end (0.25 s, 0.5 s, 1 s, 2 s),
 * or give up with a reason. `exits` holds the new one too.
 */
export function afterExit(
  exits: readonly Exit[],
  now: number,
): { kind: 'restart'; afterMs: number } | { kind: 'give_up'; reason: ProcessReason } {
  const recent = recentExits(exits, now)
  if (recent.length >= exitLimit) return { kind: 'give_up', reason: crashLoopOf(recent) }
  const doublings = Math.max(0, recent.length - 1)
  return { kind: 'restart', afterMs: Math.min(longestBackoffMs, firstBackoffMs * 2 ** doublings) }
}
