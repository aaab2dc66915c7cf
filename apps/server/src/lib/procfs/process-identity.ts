import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/**
 * What tells one process from another that later got the same pid: the pid and the kernel's start time
 * (field 22 of /proc/<pid>/stat, in clock ticks since boot).
 */
export type ProcessIdentity = { pid: number; startTime: string }

/** The fields of /proc/<pid>/stat that place a process among the others (`man 5 proc_pid_stat`). */
export type ProcessStat = {
  /** One letter: `R`, `S`, `D`, `Z` for one that has ended and was not waited for … */
  state: string
  parent: number
  group: number
  session: number
  startTime: string
  /** CPU time of its own and of its ended children that were waited for, user and system, in ticks of 1/100 s. */
  cpuTicks: number
  threads: number
  /** One of the kernel's own threads: it has neither memory nor an environment. */
  isKernel: boolean
}

/** `PF_KTHREAD` of the kernel's include/linux/sched.h. */
const kernelThreadFlag = 0x00200000

/** Reads the text of /proc/<pid>/stat; null if it is not one. The command in parentheses may hold spaces and parentheses. */
export function parseStat(text: string): ProcessStat | null {
  const close = text.lastIndexOf(')')
  if (close < 0) return null
  const fields = text.slice(close + 2).split(' ')
  const [state, startTime] = [fields[0], fields[19]]
  if (!state || !startTime) return null
  const at = (index: number) => Number(fields[index] ?? 0)
  return {
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

const isGone = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')

/** What the kernel says of a pid, a zombie included; null if there is none. */
export async function readStat(pid: number): Promise<ProcessStat | null> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

/** {@link readStat} without giving way: a file of /proc is read in a few microseconds, a turn through the thread pool takes ten times that. */
export function readStatSync(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

/** The identity of a living process, or null if there is none with this pid (a zombie counts as none). */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const stat = await readStat(pid)
  return stat === null || stat.state === 'Z' ? null : { pid, startTime: stat.startTime }
}

/**
 * The identity of whatever has this pid now, a zombie included: for the moment right after a spawn and right before a
 * signal, where nothing may come between. A child of ours keeps its pid until we have waited for it, even if it has ended.
 */
export function identifySync(pid: number): ProcessIdentity | null {
  const stat = readStatSync(pid)
  return stat === null ? null : { pid, startTime: stat.startTime }
}

/** Whether exactly this process still lives. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.startTime === identity.startTime
}

/** Sends a signal to exactly this process; a pid that is gone or has another owner by now is left alone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (identifySync(identity.pid)?.startTime !== identity.startTime) return
  try {
    process.kill(identity.pid, signal)
  } catch (error) {
    if (!isGone(error)) throw error
  }
}
