import type { ResourceLimits } from '@vitrine/contract'

/** What the kernel can bound by a cgroup. */
export type Controller = 'memory' | 'cpu' | 'pids'

/** Every controller that we use. */
export const controllers: readonly Controller[] = ['memory', 'cpu', 'pids']

/** What is written into a file of a cgroup; `ifThere`: not every kernel has the file. Values are numbers and words. */
export type GroupWrite = { file: string; value: string; ifThere?: true }

/** A cgroup as it is to be, the writes in their order. */
export type Group = { folder: string; writes: GroupWrite[] }

/** One kind of cgroup: how an instance's group looks, and what the kernel tells of it. Versions 1 and 2 are its drivers. */
export type CgroupDriver = {
  /** The group in which those of the instances are made. */
  readonly parent: string
  /** The instance's group; null where it has none of the limits that this driver holds. Pure. */
  groupOf(id: string, limits: ResourceLimits): Group | null
  /** How many processes of the instance the kernel has ended at its memory limit since its group was made. */
  memoryKills(id: string): Promise<number>
  /** Makes the parent. */
  prepare(): Promise<void>
}

const limitOf = { memory: 'memory_mb', cpu: 'cpu', pids: 'processes' } as const

/** The limit that a controller holds, as a number of its own unit: bytes, microseconds in each {@link cpuPeriodUs}, processes. */
export function boundOf(controller: Controller, limits: ResourceLimits): number | null {
  const limit = limits[limitOf[controller]]
  if (limit === undefined) return null
  if (controller === 'memory') return limit * 1024 * 1024
  // The kernel takes no less than a thousand.
  return controller === 'cpu' ? Math.max(1_000, Math.round(limit * cpuPeriodUs)) : limit
}

/** CPU time is given out in slices of a tenth of a second. */
export const cpuPeriodUs = 100_000
