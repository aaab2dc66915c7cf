import { readdirSync, readFileSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { endianness } from 'node:os'
import { setImmediate as giveWay } from 'node:timers/promises'
import { readStatSync, type ProcessStat } from './process-identity.ts'
import { shareNext } from '../share-next.ts'

/** All processes by their pid, zombies left out. */
export type ProcessTable = ReadonlyMap<number, ProcessStat>

/** So many files of /proc are read before others get their turn: less than a millisecond. */
const atOnce = 40

/** Where many ask all the time, reading takes half of the time at most. */
const restBetween = 1

/** Reads /proc once, in pieces between which others get their turn. */
async function readAll(): Promise<ProcessTable> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const table = new Map<number, ProcessStat>()
  for (const [index, pid] of pids.entries()) {
    if (index % atOnce === atOnce - 1) await giveWay()
    const stat = readStatSync(pid)
    if (stat && stat.state !== 'Z') table.set(pid, stat)
  }
  return table
}

/** All processes at some moment after this call; who asks while they are read shares the next reading. */
export const readProcessTable = shareNext(readAll, restBetween)

/**
 * Whose each process is: for every process that descends from one of `roots`, or is of its group or session, the nearest of them.
 * One pass: a parent is looked up once, its answer kept.
 */
export function rootsAbove(table: ProcessTable, roots: ReadonlySet<number>): Map<number, number> {
  const known = new Map<number, number | null>()
  const rootOf = (pid: number): number | null => {
    const stat = table.get(pid)
    if (!stat) return null
    const before = known.get(pid)
    if (before !== undefined) return before
    // A pid that was given away again between two reads could make a ring; this ends it.
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

/** Bytes in a page of memory, as the kernel tells each process at its start (AT_PAGESZ, `man 3 getauxval`); 4096 where it does not. */
export function readPageBytes(): number {
  try {
    const words = readFileSync('/proc/self/auxv')
    const read = (at: number) =>
      endianness() === 'LE' ? words.readBigUInt64LE(at) : words.readBigUInt64BE(at)
    for (let at = 0; at + 16 <= words.length; at += 16)
      if (read(at) === pageSizeKey) return Number(read(at + 8))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
  return 4096
}

const isUnreadable = (error: unknown) =>
  error instanceof Error &&
  'code' in error &&
  ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(String(error.code))

/** The environment that a process was started with, each entry between NULs; empty where it is gone or not ours to read. */
export function environmentOf(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`
  } catch (error) {
    if (isUnreadable(error)) return ''
    throw error
  }
}

/**
 * Resident bytes of a process; 0 where it is gone. Out of `statm`, which the kernel sums up over all cores; the number in `stat` may
 * be off by megabytes.
 */
export function residentBytesOf(pid: number, pageBytes: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageBytes
  } catch (error) {
    if (isUnreadable(error)) return 0
    throw error
  }
}

/** How many handles a process has open; null where it is gone or not ours to look at. */
export function countOpenFiles(pid: number): number | null {
  try {
    // Since Linux 6.2 the folder's size is their number; before, it is 0.
    const { size } = statSync(`/proc/${pid}/fd`)
    return size > 0 ? size : readdirSync(`/proc/${pid}/fd`).length
  } catch (error) {
    if (isUnreadable(error)) return null
    throw error
  }
}
