import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { hasCode } from '../code-of-error.ts'

/**
 * Identifies a process even if another process later gets the same pid: the pid, and the kernel's start time
 * (field 22 of /proc/<pid>/stat, in clock ticks since boot).
 */
export type ProcessIdentity = { pid: number; startTime: string }

/** The fields of /proc/<pid>/stat that describe a process and its relatives (`man 5 proc_pid_stat`). */
export type ProcessStat = {
  /** The name of the program, at most 15 bytes. An exec changes it, unless the next program has the same name. */
  program: string
  /** Whether it has executed a program. If not, it is a copy of its parent, with the parent's environment. */
  hasExecuted: boolean
  /**
   * One letter, such as `R`, `S` or `D`, of its main thread; `Z` if that has ended. See {@link hasEnded}.
   */
  state: string
  parent: number
  group: number
  session: number
  startTime: string
  /**
   * CPU time, user and system, of the process and of its ended children that it waited for, in ticks of 1/100
   * s.
   */
  cpuTicks: number
  threads: number
  /** True for the kernel's own threads. They have no memory and no environment. */
  isKernel: boolean
}

/** `PF_KTHREAD` from the kernel's include/linux/sched.h. */
const kernelThreadFlag = 0x00200000
/** `PF_FORKNOEXEC` from the same file. */
const forkedOnlyFlag = 0x00000040

/**
 * Parses the text of /proc/<pid>/stat; null if it is not such a text. The command in parentheses may itself
 * contain spaces and parentheses.
 */
export function parseStat(text: string): ProcessStat | null {
  const close = text.lastIndexOf(')')
  if (close < 0) return null
  const fields = text.slice(close + 2).split(' ')
  const [state, startTime] = [fields[0], fields[19]]
  if (!state || !startTime) return null
  const at = (index: number) => Number(fields[index] ?? 0)
  return {
    program: text.slice(text.indexOf('(') + 1, close),
    hasExecuted: (at(6) & forkedOnlyFlag) === 0,
    state,
    parent: at(1),
    group: at(2),
    session: at(3),
    startTime,
    cpuTicks: at(11) + at(12) + at(13) + at(14),
    threads: at(17),
    isKernel: (at(6) & kernelThreadFlag) !== 0,
  }
}

const isGone = (error: unknown) => hasCode(error, 'ENOENT', 'ESRCH')

/** Returns the stat of a pid, even of a zombie; null if no process has the pid. */
export async function readStat(pid: number): Promise<ProcessStat | null> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

/**
 * {@link readStat}, but synchronous: reading a file of /proc takes a few microseconds, and a round through
 * the thread pool ten times that.
 */
export function readStatSync(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

/**
 * Whether a process has ended, and its parent has not waited for it: it is a zombie. If other threads than its main thread are
 * left, it lives. Pure.
 */
export const hasEnded = ({ state, threads }: Pick<ProcessStat, 'state' | 'threads'>): boolean =>
  state === 'Z' && threads <= 1

/**
 * Returns the identity of a living process; null if there is none with this pid. A zombie does not count as
 * living.
 */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const stat = await readStat(pid)
  return stat === null || hasEnded(stat) ? null : { pid, startTime: stat.startTime }
}

/**
 * Returns the identity of the process that has this pid now, even of a zombie. Use it right after a spawn and
 * right before a signal, where nothing may happen in between. A child keeps its pid until we have waited for
 * it, even if it has ended.
 */
export function identifySync(pid: number): ProcessIdentity | null {
  const stat = readStatSync(pid)
  return stat === null ? null : { pid, startTime: stat.startTime }
}

const isOf = ({ startTime }: ProcessIdentity, stat: ProcessStat | null): boolean =>
  stat !== null && !hasEnded(stat) && stat.startTime === startTime

/** Whether this very process is still alive. A zombie is not alive. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return isOf(identity, await readStat(identity.pid))
}

/** {@link isAlive}, but synchronous. */
export const isAliveSync = (identity: ProcessIdentity): boolean => isOf(identity, readStatSync(identity.pid))

/**
 * Sends a signal to this very process. Does nothing if the process has ended or another process has its pid.
 */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (identifySync(identity.pid)?.startTime !== identity.startTime) return
  try {
    process.kill(identity.pid, signal)
  } catch (error) {
    if (!isGone(error)) throw error
  }
}
