import { constants } from 'node:os'
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

function describeOverLimit({ resource, limit }: OverLimit): string {
  return resource === 'memory'
    ? `killed for memory, limit ${limit} MB`
    : `killed for its number of processes, limit ${limit}`
}

/**
 * One end as words: `exit 1 after 0.3 s`, `exit 137 (SIGKILL) after 12.0 s`, `exit 137: killed for memory, limit 512 MB after 3.1 s`.
 */
export function describeExit(exit: Exit): string {
  const code = exitCodeOf(exit)
  const signal = exit.signal === null ? '' : ` (${exit.signal})`
  const why = exit.overLimit === null ? signal : `: ${describeOverLimit(exit.overLimit)}`
  const what =
    code === null && exit.signal === null ? 'ended, exit code unknown' : `exit ${code ?? '?'}${why}`
  return `${what} after ${(exit.ranMs / 1000).toFixed(1)} s`
}

/** The ends that still count at `now`, oldest first. */
export function recentExits(exits: readonly Exit[], now: number): Exit[] {
  return exits.filter((exit) => now - exit.at < windowMs)
}

/** Why it was given up: `5 exits in 2 minutes, the last: exit 1 after 0.3 s`. */
export function describeCrashLoop(exits: readonly Exit[]): string {
  const last = exits.at(-1)
  const count = `${exits.length} exits in ${windowMs / 60_000} minutes`
  return last ? `${count}, the last: ${describeExit(last)}` : count
}

/**
 * What to do after an end: start again after a pause that doubles with each recent end (0.25 s, 0.5 s, 1 s, 2 s),
 * or give up with a reason. `exits` holds the new one too.
 */
export function afterExit(
  exits: readonly Exit[],
  now: number,
): { kind: 'restart'; afterMs: number } | { kind: 'give_up'; reason: string } {
  const recent = recentExits(exits, now)
  if (recent.length >= exitLimit) return { kind: 'give_up', reason: describeCrashLoop(recent) }
  const doublings = Math.max(0, recent.length - 1)
  return { kind: 'restart', afterMs: Math.min(longestBackoffMs, firstBackoffMs * 2 ** doublings) }
}
