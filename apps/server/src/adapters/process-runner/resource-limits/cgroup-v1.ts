import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { boundOf, cpuPeriodUs, type CgroupDriver, type Controller, type GroupWrite } from './cgroup.ts'
import { numberAfter, readGroupFile } from './cgroup-files.ts'

/** The kernel may count so much of a group's memory at once, bytes: the limit is reached to within it. */
const countedAtOnce = 1024 * 1024
/** Bounds memory and swap together. */
const swapFile = 'memory.memsw.limit_in_bytes'

function writesOf(controller: Controller, bound: number): GroupWrite[] {
  const value = String(bound)
  switch (controller) {
    case 'memory':
      return [
        // It may never be below that of memory alone, so it is lifted first.
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

/** Holds limits by one controller of cgroups version 1 (kernel documentation, admin-guide/cgroup-v1); each has a hierarchy of its own. */
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
      // One that was never at its limit was killed because the whole machine had no more.
      return most >= limit - countedAtOnce ? kills : 0
    },
    prepare: async () => void (await mkdir(parent, { recursive: true })),
  }
}
