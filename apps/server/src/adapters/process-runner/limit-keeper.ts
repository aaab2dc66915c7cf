import { readFile } from 'node:fs/promises'
import { codeOfError } from '../../lib/code-of-error.ts'
import { signalProcess } from '../../lib/procfs/process-identity.ts'
import { readPageBytes, residentBytesOf } from '../../lib/procfs/process-table.ts'
import type { ProcessRecord } from './process-records.ts'
import type { OverLimit, ProcessSpec } from './process-runner.ts'
import { ownProcesses } from './process-in-sandbox.ts'
import { findTree, type TreeMember } from './process-tree.ts'
import { treeOf, type Limiter } from './resource-limits/resource-limits.ts'

const checkEveryMs = 1_000

/**
 * Returns the memory of a process in bytes, where shared memory counts in proportion (PSS); null if the
 * process has ended or we may not look. The kernel walks over all its memory for it, so nothing else waits for that.
 */
async function proportionalBytesOf(pid: number): Promise<number | null> {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) * 1024
  } catch (error) {
    if (codeOfError(error) !== '') return null
    throw error
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

/**
 * Returns the limit that a tree exceeds now; null if none. Memory is measured exactly only if the quick
 * measurement exceeds the limit. `uncounted` of its processes are not the instance's own.
 */
async function overLimitOf(
  tree: readonly TreeMember[],
  { limits, uncounted }: { limits: ReturnType<Limiter['unheld']>; uncounted: number },
  pageBytes: number,
): Promise<OverLimit | null> {
  const { memory_mb: megabytes, processes } = limits
  if (processes !== undefined && sum(tree.map((one) => one.threads)) - uncounted > processes)
    return { resource: 'processes', limit: processes }
  if (megabytes === undefined) return null
  const bytes = megabytes * 1024 * 1024
  const resident = new Map(tree.map(({ pid }) => [pid, residentBytesOf(pid, pageBytes)]))
  if (sum([...resident.values()]) <= bytes) return null
  // The quick measurement counts shared memory once for each process.
  const exact: number[] = []
  for (const { pid } of tree) exact.push((await proportionalBytesOf(pid)) ?? resident.get(pid) ?? 0)
  return sum(exact) > bytes ? { resource: 'memory', limit: megabytes } : null
}

/**
 * Kills processes that exceed a limit which the kernel cannot enforce here, and records for each exit whether
 * it was because of a limit. It checks once per second, so a process may exceed its limit for that long.
 */
export function limitKeeper(deps: {
  limiter: Limiter
  /** The processes that should be running now. */
  watched: () => readonly ProcessSpec[]
  onError: (error: unknown) => void
}) {
  const { limiter } = deps
  const pageBytes = readPageBytes()
  const ended = new Map<string, OverLimit>()
  let timer: NodeJS.Timeout | undefined
  let checking = false

  async function checkTree(spec: ProcessSpec): Promise<void> {
    const limits = limiter.unheld(spec.limits)
    if (Object.keys(limits).length === 0) return
    const tree = await findTree(treeOf(limiter, spec, null))
    const uncounted = spec.sandbox ? ownProcesses : 0
    const over = await overLimitOf(tree, { limits, uncounted }, pageBytes)
    if (!over) return
    ended.set(spec.id, over)
    // The main process is killed last. So when it is restarted, as little as possible of the tree is left.
    const isMain = (one: TreeMember) => !tree.some(({ pid }) => pid === one.parent)
    const inOrder = [...tree].sort((one, other) => Number(isMain(one)) - Number(isMain(other)))
    for (const member of inOrder) signalProcess(member, 'SIGKILL')
  }

  async function checkAll(): Promise<void> {
    if (checking) return
    checking = true
    try {
      await Promise.all(deps.watched().map(checkTree))
    } finally {
      checking = false
    }
  }

  return {
    /** Starts to watch. */
    start(): void {
      timer = setInterval(() => checkAll().catch(deps.onError), checkEveryMs)
      timer.unref()
    },
    close(): void {
      clearInterval(timer)
    },
    /** A new life of the process begins. Earlier kills do not belong to it. */
    begin(id: string): void {
      ended.delete(id)
    },
    /**
     * Returns the limit because of which a process has just ended, once for each exit. Updates the record's
     * number of kills.
     */
    async endedFor(record: ProcessRecord): Promise<OverLimit | null> {
      const { id, limits } = record.spec
      const watched = ended.get(id)
      ended.delete(id)
      if (watched) return watched
      if (limits.memory_mb === undefined) return null
      const kills = await limiter.memoryKills(id)
      // The number is smaller than before, so the group is a new one.
      const before = kills < record.memoryKills ? 0 : record.memoryKills
      record.memoryKills = kills
      return kills > before ? { resource: 'memory', limit: limits.memory_mb } : null
    },
  }
}

/** Watches the limits for one runner. */
export type LimitKeeper = ReturnType<typeof limitKeeper>
