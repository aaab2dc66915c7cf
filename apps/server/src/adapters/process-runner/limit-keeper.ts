import { readFileSync } from 'node:fs'
import { signalProcess } from '../../lib/procfs/process-identity.ts'
import { readPageBytes, residentBytesOf } from '../../lib/procfs/process-table.ts'
import type { ProcessRecord } from './process-records.ts'
import type { OverLimit, ProcessSpec } from './process-runner.ts'
import { findTree, type TreeMember } from './process-tree.ts'
import { treeOf, type Limiter } from './resource-limits/resource-limits.ts'

const lookEveryMs = 1_000

/** Kilobytes of a process alone and its share of what it has in common with others; null where it is gone or not ours to look at. */
function proportionalBytesOf(pid: number): number | null {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) * 1024
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

/** Which of the limits a tree is over now; null if none. Memory is measured with care only where the quick measure is over. */
function overLimitOf(
  tree: readonly TreeMember[],
  limits: ReturnType<Limiter['unheld']>,
  pageBytes: number,
): OverLimit | null {
  const { memory_mb: megabytes, processes } = limits
  if (processes !== undefined && sum(tree.map((one) => one.threads)) > processes)
    return { resource: 'processes', limit: processes }
  if (megabytes === undefined) return null
  const bytes = megabytes * 1024 * 1024
  const resident = new Map(tree.map(({ pid }) => [pid, residentBytesOf(pid, pageBytes)]))
  if (sum([...resident.values()]) <= bytes) return null
  // What several processes have in common was counted for each of them.
  const exact = tree.map(({ pid }) => proportionalBytesOf(pid) ?? resident.get(pid) ?? 0)
  return sum(exact) > bytes ? { resource: 'memory', limit: megabytes } : null
}

/**
 * Ends what is over a limit that the kernel does not hold here, and knows of each end whether it was for a limit.
 * It looks once a second: what allocates faster than that is over its limit until then.
 */
export function limitKeeper(deps: {
  limiter: Limiter
  /** What should be running now. */
  watched: () => readonly ProcessSpec[]
  onError: (error: unknown) => void
}) {
  const { limiter } = deps
  const pageBytes = readPageBytes()
  const ended = new Map<string, OverLimit>()
  let timer: NodeJS.Timeout | undefined
  let looking = false

  async function lookAt(spec: ProcessSpec): Promise<void> {
    const limits = limiter.unheld(spec.limits)
    if (Object.keys(limits).length === 0) return
    const tree = await findTree(treeOf(limiter, spec, null))
    const over = overLimitOf(tree, limits, pageBytes)
    if (!over) return
    ended.set(spec.id, over)
    // The main process last: who follows it finds as little as possible of it left.
    const isMain = (one: TreeMember) => !tree.some(({ pid }) => pid === one.parent)
    const inOrder = [...tree].sort((one, other) => Number(isMain(one)) - Number(isMain(other)))
    for (const member of inOrder) signalProcess(member, 'SIGKILL')
  }

  async function lookAtAll(): Promise<void> {
    if (looking) return
    looking = true
    try {
      await Promise.all(deps.watched().map(lookAt))
    } finally {
      looking = false
    }
  }

  return {
    /** Begins to watch. */
    start(): void {
      timer = setInterval(() => lookAtAll().catch(deps.onError), lookEveryMs)
      timer.unref()
    },
    close(): void {
      clearInterval(timer)
    },
    /** A life of the process begins that nothing of the earlier ones belongs to. */
    begin(id: string): void {
      ended.delete(id)
    },
    /** The limit for which a process has just ended, once for each end; changes the record's count of kills. */
    async endedFor(record: ProcessRecord): Promise<OverLimit | null> {
      const { id, limits } = record.spec
      const watched = ended.get(id)
      ended.delete(id)
      if (watched) return watched
      if (limits.memory_mb === undefined) return null
      const kills = await limiter.memoryKills(id)
      // Fewer than before: its group is a new one.
      const before = kills < record.memoryKills ? 0 : record.memoryKills
      record.memoryKills = kills
      return kills > before ? { resource: 'memory', limit: limits.memory_mb } : null
    },
  }
}

/** Knows of limits what one runner has to know. */
export type LimitKeeper = ReturnType<typeof limitKeeper>
