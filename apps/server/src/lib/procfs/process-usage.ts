import { processOwners } from './process-owners.ts'
import { countOpenFiles, readPageBytes, readProcessTable, residentBytesOf } from './process-table.ts'

/** What a process and all its descendants use. */
export type Usage = {
  /** CPU cores used since the previous sample, 1 = one whole core; null at the first sample. */
  cpu: number | null
  /** Resident memory. Memory shared by several processes of the tree is counted for each of them. */
  memoryBytes: number
  /** Open handles; null if the system does not let us count them. */
  openFiles: number | null
}

/** Linux reports CPU time in USER_HZ, which is 100 on every platform that Node supports. */
const ticksPerSecond = 100

type Seen = { startTime: string; cpuTicks: number; at: number; openFiles: number | null }

/**
 * Handles are counted only at every third sample: counting costs as much as everything else, and they change
 * slowly.
 */
const countEvery = 3

/**
 * Samples the usage of processes, each with its whole tree: its descendants, its group and session, and
 * processes tied to it only by the same marker in their environment. It is one pass over /proc, however many
 * processes are asked for.
 */
export function usageSampler() {
  const pageBytes = readPageBytes()
  const ownersOf = processOwners()
  let round = 0
  let seen = new Map<number, Seen>()

  return {
    /** Returns the usage now, by pid. Processes that have ended are left out. */
    async sample(pids: readonly number[]): Promise<Map<number, Usage>> {
      const table = await readProcessTable()
      const at = performance.now()
      const isCounting = round++ % countEvery === 0
      const sums = new Map<number, { cpuTicks: number; memoryBytes: number; openFiles: number | null }>()
      for (const [pid, root] of await ownersOf(table, pids)) {
        const stat = table.get(pid)
        if (!stat) continue
        const sum = sums.get(root) ?? { cpuTicks: 0, memoryBytes: 0, openFiles: 0 }
        const isKnown = !isCounting && seen.get(root)?.startTime === table.get(root)?.startTime
        const files = isKnown || sum.openFiles === null ? null : countOpenFiles(pid)
        sums.set(root, {
          cpuTicks: sum.cpuTicks + stat.cpuTicks,
          memoryBytes: sum.memoryBytes + residentBytesOf(pid, pageBytes),
          openFiles: sum.openFiles === null || files === null ? null : sum.openFiles + files,
        })
      }
      const next = new Map<number, Seen>()
      const usage = new Map<number, Usage>()
      for (const [root, { cpuTicks, memoryBytes, openFiles: counted }] of sums) {
        const startTime = table.get(root)?.startTime
        if (startTime === undefined) continue
        const before = seen.get(root)
        const last = before?.startTime === startTime ? before : null
        const seconds = last === null ? 0 : (at - last.at) / 1000
        // The CPU time of a member is lost from the sum if it ended and no process of the tree waited for it.
        const used = Math.max(0, cpuTicks - (last?.cpuTicks ?? 0))
        const openFiles = last && !isCounting ? last.openFiles : counted
        usage.set(root, {
          cpu: seconds > 0 ? used / ticksPerSecond / seconds : null,
          memoryBytes,
          openFiles,
        })
        next.set(root, { startTime, cpuTicks, at, openFiles })
      }
      seen = next
      return usage
    },
  }
}
