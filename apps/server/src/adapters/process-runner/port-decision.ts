import type { ForeignProcess } from '../../lib/procfs/port-ownership.ts'

/**
 * A port that a process could not get. `by` is null if no holder was found and only the process says that it
 * is taken.
 */
export type LostPort = { port: number; by: ForeignProcess | null }

/**
 * The facts about a process and its port at one moment. `listener` tells who accepts connections on the port:
 * the process's own tree, nobody, a foreign process, or a process whose owner the system does not tell.
 */
export type PortFacts = {
  process: 'lives' | 'ended'
  listener: 'own' | 'nobody' | 'foreign' | 'unknown'
  /** For an ended process: whether its last log lines say that its port was taken. */
  saysTaken: boolean
}

/**
 * What to do about a process and its port:
 * - `settled`: it listens there.
 * - `wait`: it may be about to listen.
 * - `move`: another process has the port. It is ended, if it is alive, and started with another port. This is
 *   not its fault, so it does not count for a crash loop.
 * - `ended`: it ended for a reason of its own.
 */
export type PortDecision = 'settled' | 'wait' | 'move' | 'ended'

/** Decides what to do about a process and its port. Pure. */
export function decidePort({ process, listener, saysTaken }: PortFacts): PortDecision {
  // `own`: the process was restarted meanwhile, and already listens on the port.
  if (process === 'ended')
    return listener === 'foreign' || (saysTaken && listener !== 'own') ? 'move' : 'ended'
  if (listener === 'foreign') return 'move'
  return listener === 'own' ? 'settled' : 'wait'
}

/**
 * A time when a process could not get its port. `at` is in milliseconds since the epoch; `seen` tells whether
 * a holder was found.
 */
export type PortLoss = { at: number; seen: boolean }

/** How long a loss is remembered, milliseconds. */
const windowMs = 120_000
/**
 * If a process says this often within the window that its port is taken, but no holder is ever found, it is
 * wrong: it listens on some other port.
 */
const mostClaims = 5
const firstPauseMs = 50
const longestPauseMs = 5_000

/** Returns the losses that still count at `now`, oldest first. */
export const recentLosses = (losses: readonly PortLoss[], now: number): PortLoss[] =>
  losses.filter(({ at }) => now - at < windowMs)

/**
 * Decides what to do after a loss (`losses` includes the new one): returns the pause before a start with
 * another port, in milliseconds. It is 0 the first time, and then doubles up to 5 s, as long as ports are
 * taken one after the other. Null: the process's claim is not believed any more. Pure.
 */
export function pauseAfterLoss(losses: readonly PortLoss[], now: number): number | null {
  const recent = recentLosses(losses, now)
  if (recent.filter(({ seen }) => !seen).length >= mostClaims) return null
  if (recent.length <= 1) return 0
  return Math.min(longestPauseMs, firstPauseMs * 2 ** (recent.length - 2))
}

const takenPort =
  /EADDRINUSE|Errno 98\b|address already in use|connection in use|port \d+ is (?:already )?in use/i
/** Ports as servers write them: `127.0.0.1:18001`, `('127.0.0.1', 18001)`, `port 18001`. */
const ports = /(?:[\w\]*.:]:|, ?|port\W{0,3})(\d{4,5})\b(?!:)/gi

/** Whether a log line says that some port is already in use. Pure. */
export const saysSomePortTaken = (line: string): boolean => takenPort.test(line)

/**
 * Whether a log line says that a port is already in use: this port, or an unnamed one. A line about another
 * port concerns something else that the process does. Pure.
 */
export function saysPortTaken(line: string, port: number): boolean {
  if (!saysSomePortTaken(line)) return false
  const named = [...line.matchAll(ports)].map(([, digits]) => Number(digits))
  return named.length === 0 || named.includes(port)
}
