import type { Stranger } from '../../lib/procfs/port-ownership.ts'

/** A port that a process could not have. `by` is null where nobody was found on it and only the process says so. */
export type LostPort = { port: number; by: Stranger | null }

/**
 * What is known of a process and its port at one moment. `listener` is who takes connections on the port: the process's own tree, nobody, a
 * stranger, or somebody of whom the system does not say whose process it is.
 */
export type PortFacts = {
  process: 'lives' | 'ended'
  listener: 'own' | 'nobody' | 'stranger' | 'untold'
  /** Of one that ended: whether its last lines say that its port was taken. */
  saysTaken: boolean
}

/**
 * What becomes of a process because of its port:
 * - `settled`: it listens there.
 * - `wait`: it may be about to listen.
 * - `move`: somebody else has the port. It is ended, if it lives, and started with another port. That is no fault of its own, so no crash
 *   loop counts it.
 * - `ended`: it ended for a reason of its own.
 */
export type PortFate = 'settled' | 'wait' | 'move' | 'ended'

/** Decides what becomes of a process because of its port. Pure. */
export function portFate({ process, listener, saysTaken }: PortFacts): PortFate {
  // `own` is the next life of the process, which has the port.
  if (process === 'ended')
    return listener === 'stranger' || (saysTaken && listener !== 'own') ? 'move' : 'ended'
  if (listener === 'stranger') return 'move'
  return listener === 'own' ? 'settled' : 'wait'
}

/** One time that a process could not have its port; `at` in milliseconds since the epoch, `seen` whether somebody was found on it. */
export type PortLoss = { at: number; seen: boolean }

/** So long a loss is remembered, milliseconds. */
const windowMs = 120_000
/**
 * A process that says so often within the window that its port is taken, while nobody is ever found on it, is wrong about that: it
 * listens somewhere else.
 */
const believed = 5
const firstPauseMs = 50
const longestPauseMs = 5_000

/** The losses that still count at `now`, oldest first. */
export const recentLosses = (losses: readonly PortLoss[], now: number): PortLoss[] =>
  losses.filter(({ at }) => now - at < windowMs)

/**
 * What to do after a loss, the new one included: another port, at once the first time and later after a pause that doubles up to 5 s. It is
 * tried for as long as somebody takes one port after the other. Null: what the process says is believed no more. Pure.
 */
export function pauseAfterLoss(losses: readonly PortLoss[], now: number): number | null {
  const recent = recentLosses(losses, now)
  if (recent.filter(({ seen }) => !seen).length >= believed) return null
  if (recent.length <= 1) return 0
  return Math.min(longestPauseMs, firstPauseMs * 2 ** (recent.length - 2))
}

const taken =
  /EADDRINUSE|Errno 98\b|address already in use|connection in use|port \d+ is (?:already )?in use/i
/** Ports as servers write them: `127.0.0.1:18001`, `('127.0.0.1', 18001)`, `port 18001`. */
const ports = /(?:[\w\]*.:]:|, ?|port\W{0,3})(\d{4,5})\b(?!:)/gi

/**
 * Whether a line of a log says that a port cannot be listened on because somebody has it: this port, or one that it does not name. A line
 * about another port is about something else that the process does. Pure.
 */
export function saysPortTaken(line: string, port: number): boolean {
  if (!taken.test(line)) return false
  const named = [...line.matchAll(ports)].map(([, digits]) => Number(digits))
  return named.length === 0 || named.includes(port)
}
