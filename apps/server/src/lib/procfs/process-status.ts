import { readFileSync } from 'node:fs'
import { readIfAllowedSync } from '../read-if-allowed.ts'
import type { Account } from '../system-user.ts'

/** What the kernel says of a process in /proc/<pid>/status (`man 5 proc_pid_status`). */
export type ProcessStatus = {
  /** The effective account. The owner of the folder in /proc may be another one. */
  account: Account
  /**
   * How many namespaces of processes it is in, counted from the one that we see: 1 if it is in no other. Null if the
   * system does not say (Linux before 4.1).
   */
  levels: number | null
  /**
   * How many filters of system calls it has, also those that it inherits from a container. Null if it has some and the
   * system does not count them (Linux before 5.9).
   */
  filters: number | null
}

/** How many filters there are, by the lines `Seccomp` (2: there are some) and `Seccomp_filters` (their number). */
const countFilters = (mode: string | undefined, count: string | undefined): number | null => {
  if (mode !== '2') return 0
  return count === undefined ? null : Number(count)
}

/** Parses the text of /proc/<pid>/status; null if it is not such a text. Pure. */
export function parseStatus(text: string): ProcessStatus | null {
  const fields = (name: string) => new RegExp(`^${name}:\\s+(\\S.*)$`, 'm').exec(text)?.[1]?.split(/\s+/)
  const effective = (name: string) => Number(fields(name)?.[1])
  const account = { uid: effective('Uid'), gid: effective('Gid') }
  if (Number.isNaN(account.uid) || Number.isNaN(account.gid)) return null
  const filters = countFilters(fields('Seccomp')?.[0], fields('Seccomp_filters')?.[0])
  return { account, levels: fields('NSpid')?.length ?? null, filters }
}

/** Returns the status of a process; null if it has ended or we may not look. */
export function readStatus(pid: number): ProcessStatus | null {
  const text = readIfAllowedSync(() => readFileSync(`/proc/${pid}/status`, 'utf8'))
  return text === null ? null : parseStatus(text)
}
