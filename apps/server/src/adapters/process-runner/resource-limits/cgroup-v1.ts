import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { boundOf, cpuPeriodUs, type CgroupDriver, type Controller, type GroupWrite } from './cgroup.ts'
import { numberAfter, readGroupFile } from './cgroup-files.ts'

/**
 * The kernel may count this many bytes of a group's memory at once, so the limit is reached only with this
 * accuracy.
 */
const countedAtOnce = 1024 * 1024
/** The limit for memory and swap together. */
const swapFile = 'memory.memsw.limit_in_bytes'

function writesOf(controller: Controller, bound: number): GroupWrite[] {
  const value = String(bound)
  switch (controller) {
    case 'memory':
      return [
        // It may never be below the limit for memory alone, so it is removed first.
        { file: swapFile, value: '-1', ifThere: true },
        { file: 'memory.limit_in_bytes', value },
        { file: swapFile, value, ifThere: true },
      ]
    case 'cpu':
      return [
        { file: 'cpu.cfs_period_us', value: String(cpuPeriodUs) },
        { file: 'cpu.cfs_quota_us', value },
      ]
    case 'pids':
      return [{ file: 'pids.max', value }]
  }
}

/**
 * Enforces limits with one controller of cgroups version 1 (kernel documentation, admin-guide/cgroup-v1).
 * Each controller has its own hierarchy.
 */
export function cgroupV1(controller: Controller, parent: string): CgroupDriver {
  return {
    parent,
    groupOf(id, limits) {
      const bound = boundOf(controller, limits)
      return bound === null ? null : { folder: join(parent, id), writes: writesOf(controller, bound) }
    },
    async memoryKills(id) {
      if (controller !== 'memory') return 0
      const read = (name: string) => readGroupFile(join(parent, id), name)
      const kills = numberAfter(await read('memory.oom_control'), 'oom_kill')
      const most = Number(await read('memory.max_usage_in_bytes'))
      const limit = Number(await read('memory.limit_in_bytes'))
      // If the group never reached its limit, the kernel killed because the whole machine had no more memory.
      return most >= limit - countedAtOnce ? kills : 0
    },
    prepare: async () => void (await mkdir(parent, { recursive: true })),
  }
}
