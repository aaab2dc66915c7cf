import { readdirSync, readFileSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { endianness } from 'node:os'
import { setImmediate as giveWay } from 'node:timers/promises'
import { readIfAllowedSync } from '../read-if-allowed.ts'
import { codeOfError } from '../code-of-error.ts'
import { hasEnded, readStatSync, type ProcessStat } from './process-identity.ts'
import { coalesce } from '../coalesce.ts'

/** All processes by pid, without zombies. */
export type ProcessTable = ReadonlyMap<number, ProcessStat>

/**
 * The number of /proc files that are read before the event loop gets a turn. This takes less than a
 * millisecond.
 */
const atOnce = 40

/** If the table is asked for all the time, reading takes at most half of the time. */
const restBetween = 1

/** Reads /proc once, in pieces, and gives the event loop a turn between them. */
async function readAll(): Promise<ProcessTable> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const table = new Map<number, ProcessStat>()
  for (const [index, pid] of pids.entries()) {
    if (index % atOnce === atOnce - 1) await giveWay()
    const stat = readStatSync(pid)
    if (stat && !hasEnded(stat)) table.set(pid, stat)
  }
  return table
}

/**
 * Returns all processes at some moment after this call. Callers who ask during a reading share the next one.
 */
export const readProcessTable = coalesce(readAll, restBetween)

/**
 * Finds the root of each process: for every process that descends from one of `roots`, or is in its group or
 * session, the nearest root. It is one pass, because each parent is looked up once and its answer kept.
 */
export function rootsAbove(table: ProcessTable, roots: ReadonlySet<number>): Map<number, number> {
  const known = new Map<number, number | null>()
  const rootOf = (pid: number): number | null => {
    const stat = table.get(pid)
    if (!stat) return null
    const before = known.get(pid)
    if (before !== undefined) return before
    // If a pid was reused between two reads, the parents could form a cycle. This ends it.
    known.set(pid, null)
    const root = [pid, stat.group, stat.session].find((one) => roots.has(one)) ?? rootOf(stat.parent)
    known.set(pid, root)
    return root
  }
  const found = new Map<number, number>()
  for (const pid of table.keys()) {
    const root = rootOf(pid)
    if (root !== null) found.set(pid, root)
  }
  return found
}

const pageSizeKey = 6n

/**
 * The size of a memory page in bytes, which the kernel passes to each process at its start (AT_PAGESZ, `man 3
 * getauxval`); 4096 if it does not.
 */
export function readPageBytes(): number {
  try {
    const words = readFileSync('/proc/self/auxv')
    const read = (at: number) =>
      endianness() === 'LE' ? words.readBigUInt64LE(at) : words.readBigUInt64BE(at)
    for (let at = 0; at + 16 <= words.length; at += 16)
      if (read(at) === pageSizeKey) return Number(read(at + 8))
  } catch (error) {
    if (codeOfError(error) === '') throw error
  }
  return 4096
}

/**
 * Returns the resident memory of a process in bytes; 0 if it has ended. The number is from `statm`, which the
 * kernel sums over all cores. The number in `stat` may be wrong by megabytes.
 */
export function residentBytesOf(pid: number, pageBytes: number): number {
  const sizes = readIfAllowedSync(() => readFileSync(`/proc/${pid}/statm`, 'utf8'))
  return sizes === null ? 0 : Number(sizes.split(' ')[1]) * pageBytes
}

/** Returns the number of open handles of a process; null if it has ended or we may not look. */
export function countOpenFiles(pid: number): number | null {
  return readIfAllowedSync(() => {
    // Since Linux 6.2 the size of this folder is the number of handles; before, the size is 0.
    const { size } = statSync(`/proc/${pid}/fd`)
    return size > 0 ? size : readdirSync(`/proc/${pid}/fd`).length
  })
}
