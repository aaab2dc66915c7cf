import { stat, statfs } from 'node:fs/promises'
import { cpus, freemem, totalmem } from 'node:os'
import type { Host } from '@vitrine/contract'

/**
 * The CPU time that all cores have spent on work since the machine started, in milliseconds, and when it was
 * read.
 */
export type CpuReading = { busyMs: number; at: number }

/** Reads the CPU time of all cores. */
export function readCpu(): CpuReading {
  const busy = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq)
  return { busyMs: busy.reduce((sum, one) => sum + one, 0), at: performance.now() }
}

/** Cores in use between two readings. Null without a first one. Pure. */
export function coresInUse(before: CpuReading | null, now: CpuReading): number | null {
  const ms = before === null ? 0 : now.at - before.at
  return before === null || ms <= 0 ? null : Math.max(0, now.busyMs - before.busyMs) / ms
}

/** Memory of the machine. Memory that is available at once, such as caches, does not count as used. */
export function readMemory(): Host['memory'] {
  const total = totalmem()
  return { total_bytes: total, used_bytes: total - freemem() }
}

/**
 * The file systems of these folders, each once, under the first folder that is on it. What is kept for root (5 % of ext4) is no part of
 * them, as in `df`: neither the platform nor the accounts of services can use it.
 */
export async function readDisks(folders: readonly string[]): Promise<Host['disks']> {
  const disks = new Map<number, Host['disks'][number]>()
  for (const path of folders) {
    const { dev } = await stat(path)
    if (disks.has(dev)) continue
    const { blocks, bavail, bfree, bsize } = await statfs(path)
    const used = blocks - bfree
    disks.set(dev, { path, total_bytes: (used + bavail) * bsize, used_bytes: used * bsize })
  }
  return [...disks.values()]
}
