import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** @typedef {{ pid: number, startTime: string }} Identity a process: pid, and start in clock ticks since boot */

const unreadable = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR'])

/**
 * The value, or null where the system does not let us read it (gone meanwhile, another account's).
 * @template T @param {() => T} read @returns {T | null}
 */
export function readable(read) {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && 'code' in error && unreadable.has(String(error.code))) return null
    throw error
  }
}

/** State, parent and start time of a process out of /proc/<pid>/stat. @param {number} pid */
function readStat(pid) {
  const text = readable(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  if (text === null) return null
  // The command in parentheses may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state = '', parent = ''] = fields
  return { state, parent: Number(parent), startTime: fields[19] ?? '' }
}

/** The identity of a living process, or null. @param {number} pid @returns {Identity | null} */
export function identify(pid) {
  const stat = readStat(pid)
  return stat === null || stat.state === 'Z' ? null : { pid, startTime: stat.startTime }
}

/** Whether exactly this process lives. @param {Identity | null} identity */
export const isAlive = (identity) =>
  identity !== null && identify(identity.pid)?.startTime === identity.startTime

/** Sends a signal to exactly this process. @param {Identity} identity @param {NodeJS.Signals} signal */
export function signalProcess(identity, signal) {
  if (!isAlive(identity)) return
  try {
    process.kill(identity.pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** The identity that a record file holds, or null where there is no such file. @param {string} file @returns {Identity | null} */
export function readIdentity(file) {
  const text = readable(() => readFileSync(file, 'utf8'))
  if (text === null) return null
  const { pid, startTime } = JSON.parse(text)
  return Number.isInteger(pid) && typeof startTime === 'string' ? { pid, startTime } : null
}

/** All processes of this machine. */
export function allProcesses() {
  const pids = (readable(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name))
  return pids.map(Number).sort((one, other) => one - other)
}

/** The command line of a process, at most 200 characters. @param {number} pid */
export function commandOf(pid) {
  const line = readable(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? ''
  return line.split('\0').join(' ').trim().slice(0, 200)
}

/** What a process sees of the environment, `NAME=value` each; empty where we may not know. @param {number} pid */
export const environmentOf = (pid) =>
  (readable(() => readFileSync(`/proc/${pid}/environ`, 'utf8')) ?? '').split('\0')

/** The process and those above it. @param {number} pid @returns {number[]} */
export function withAncestors(pid) {
  const stat = readStat(pid)
  return stat === null || stat.parent === 0 ? [pid] : [pid, ...withAncestors(stat.parent)]
}

/**
 * Who listens on a TCP port, or null where nobody does or the system does not say.
 * Format of the tables: `man 5 proc_pid_net`; state 0A is LISTEN.
 * @param {number} port
 */
export function findPortHolder(port) {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readable(() => readFileSync(file, 'utf8')))
  const sockets = new Set(
    tables.flatMap((table) =>
      (table ?? '').split('\n').flatMap((line) => {
        const fields = line.trim().split(/\s+/)
        return fields[1]?.endsWith(suffix) && fields[3] === '0A' ? [`socket:[${fields[9]}]`] : []
      }),
    ),
  )
  if (sockets.size === 0) return null
  const holds = (/** @type {number} */ pid) =>
    (readable(() => readdirSync(`/proc/${pid}/fd`)) ?? []).some((fd) =>
      sockets.has(readable(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? ''),
    )
  const pid = allProcesses().find(holds)
  return pid === undefined ? null : { pid, command: commandOf(pid) }
}

/**
 * Waits for a condition; false when the time is over.
 * @param {() => boolean} condition @param {number} timeoutMs
 */
export async function waitUntil(condition, timeoutMs) {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    if (condition()) return true
    if (Date.now() >= deadline) return false
    await delay(25)
  }
}
