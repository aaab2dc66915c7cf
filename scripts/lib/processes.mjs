import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { hasCode } from './has-code.mjs'
import { plainText } from './plain-text.mjs'
import { readSmall } from './small-file.mjs'

/** @typedef {{ pid: number, startTime: string }} Identity a process: pid, and start in clock ticks since boot */

const unreadable = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR']

/**
 * Returns the value, or null if the system does not let us read it (it is gone, or belongs to another
 * account).
 * @template T @param {() => T} read @returns {T | null}
 */
export function readable(read) {
  try {
    return read()
  } catch (error) {
    if (hasCode(error, ...unreadable)) return null
    throw error
  }
}

/** Parses parent and start time of a process in /proc/<pid>/stat, and whether it has ended. @param {number} pid */
function readStat(pid) {
  const text = readable(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  if (text === null) return null
  // The command in parentheses may itself contain spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state = '', parent = ''] = fields
  // A process whose main thread has ended lives as long as one of its other threads does.
  const hasEnded = state === 'Z' && Number(fields[17]) <= 1
  return { hasEnded, parent: Number(parent), startTime: fields[19] ?? '' }
}

/** The identity of a living process, or null. @param {number} pid @returns {Identity | null} */
export function identify(pid) {
  const stat = readStat(pid)
  return stat === null || stat.hasEnded ? null : { pid, startTime: stat.startTime }
}

/** Whether this process, and not a later one with its pid, is alive. @param {Identity | null} identity */
export const isAlive = (identity) =>
  identity !== null && identify(identity.pid)?.startTime === identity.startTime

/**
 * Sends a signal to this process, and not to a later one with its pid.
 * @param {Identity} identity @param {NodeJS.Signals} signal
 */
export function signalProcess(identity, signal) {
  if (!isAlive(identity)) return
  try {
    process.kill(identity.pid, signal)
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}

/** The value of a JSON text. Null if the text is not JSON. @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * The identity in the text of a record. Null if the text is not a record. Numbers that are not a process are refused,
 * such as -1, which means all processes for kill(). Pure.
 * @param {string} text @returns {Identity | null}
 */
export function identityIn(text) {
  const record = parsed(text)
  if (typeof record !== 'object' || record === null) return null
  if (!('pid' in record) || !('startTime' in record)) return null
  const { pid, startTime } = record
  const isPid = typeof pid === 'number' && Number.isInteger(pid) && pid > 0
  return isPid && typeof startTime === 'string' ? { pid, startTime } : null
}

/**
 * Returns the identity in a record file. Null if the file does not exist or is not a record.
 * @param {string} file @returns {Identity | null}
 */
export function readIdentity(file) {
  const text = readSmall(file)
  return text === null ? null : identityIn(text)
}

/**
 * The user of a process, the one whose signals it accepts; null if it is gone. Not the owner of /proc/<pid>,
 * which is root for a process that has changed its user.
 * @param {number} pid
 */
export function userOf(pid) {
  const text = readable(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? ''
  const user = /^Uid:\t(\d+)/m.exec(text)?.[1]
  return user === undefined ? null : Number(user)
}

/** All processes of this machine. */
export function allProcesses() {
  const pids = (readable(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name))
  return pids.map(Number).sort((one, other) => one - other)
}

/** How much of a command line or an environment is read. */
const mostBytes = 256 * 1024

/**
 * The beginning of a file of /proc whose length a process itself decides (`PR_SET_MM_MAP` of `man 2 prctl`): without a bound such a
 * file takes all memory. Empty if we may not read it.
 * @param {string} path
 */
function beginningOf(path) {
  const file = readable(() => openSync(path, 'r'))
  if (file === null) return ''
  const bytes = Buffer.alloc(mostBytes)
  let length = 0
  try {
    for (let read = 1; read > 0 && length < mostBytes; length += read)
      read = readable(() => readSync(file, bytes, length, mostBytes - length, null)) ?? 0
  } finally {
    closeSync(file)
  }
  return bytes.toString('utf8', 0, length)
}

/** The arguments of a process, each with a NUL after it; empty if we may not read them. @param {number} pid */
export const commandLineOf = (pid) => beginningOf(`/proc/${pid}/cmdline`)

/** The command line of a process, at most 200 characters. @param {number} pid */
export function commandOf(pid) {
  return commandLineOf(pid).split('\0').join(' ').trim().slice(0, 200)
}

/**
 * Returns the environment of a process, as `NAME=value` entries; empty if we may not read it.
 * @param {number} pid
 */
export const environmentOf = (pid) => beginningOf(`/proc/${pid}/environ`).split('\0')

/** Returns the process and its ancestors. @param {number} pid @returns {number[]} */
export function withAncestors(pid) {
  const stat = readStat(pid)
  return stat === null || stat.parent === 0 ? [pid] : [pid, ...withAncestors(stat.parent)]
}

/**
 * Returns the process that listens on a TCP port; null if none does or the system does not say. Format of the
 * tables: `man 5 proc_pid_net`; state 0A is LISTEN.
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
  return pid === undefined ? null : { pid, command: plainText(commandOf(pid)) }
}

/**
 * Waits for a condition. False after the timeout.
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
