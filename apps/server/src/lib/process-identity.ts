import { readFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'

/**
 * What tells one process from another that later got the same pid: the pid and the kernel's start time
 * (field 22 of /proc/<pid>/stat, in clock ticks since boot).
 */
export type ProcessIdentity = { pid: number; startTime: string }

/** Start time out of the text of /proc/<pid>/stat; null for a zombie. The command in parentheses may hold spaces and parentheses. */
export function parseStat(text: string): string | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? null : (fields[19] ?? null)
}

const isGone = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')

/** The identity of a living process, or null if there is none with this pid (a zombie counts as none). */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  try {
    const startTime = parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'))
    return startTime === null ? null : { pid, startTime }
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

/** Like {@link identify}, for the moment right after a spawn, where nothing may come between. */
export function identifySync(pid: number): ProcessIdentity | null {
  try {
    const startTime = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return startTime === null ? null : { pid, startTime }
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

/** Whether exactly this process still lives. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.startTime === identity.startTime
}
