import type { ResourceLimits } from '@vitrine/contract'

/** What the kernel can limit with a cgroup. */
export type Controller = 'memory' | 'cpu' | 'pids'

/** Every controller that we use. */
export const controllers: readonly Controller[] = ['memory', 'cpu', 'pids']

/**
 * A value to write into a file of a cgroup. `ifThere`: not every kernel has the file. Values are numbers or
 * keywords.
 */
export type GroupWrite = { file: string; value: string; ifThere?: true }

/** A cgroup with its limits, in the order in which they are written. */
export type Group = { folder: string; writes: GroupWrite[] }

/**
 * One kind of cgroup: how an instance's group is set up, and what the kernel reports about it. Its drivers
 * are versions 1 and 2.
 */
export type CgroupDriver = {
  /** The group that contains the groups of the instances. */
  readonly parent: string
  /** Returns the instance's group; null if it has no limit that this driver enforces. Pure. */
  groupOf(id: string, limits: ResourceLimits): Group | null
  /**
   * Returns how many processes of the instance the kernel has killed at its memory limit since its group was
   * created.
   */
  memoryKills(id: string): Promise<number>
  /** Creates the parent group. */
  prepare(): Promise<void>
}

const limitOf = { memory: 'memory_mb', cpu: 'cpu', pids: 'processes' } as const

/**
 * Returns the limit of a controller in its own unit: bytes, microseconds in each {@link cpuPeriodUs}, or
 * processes.
 */
export function boundOf(controller: Controller, limits: ResourceLimits): number | null {
  const limit = limits[limitOf[controller]]
  if (limit === undefined) return null
  if (controller === 'memory') return limit * 1024 * 1024
  // The kernel accepts no less than a thousand.
  return controller === 'cpu' ? Math.max(1_000, Math.round(limit * cpuPeriodUs)) : limit
}

/** CPU time is assigned for periods of a tenth of a second. */
export const cpuPeriodUs = 100_000
