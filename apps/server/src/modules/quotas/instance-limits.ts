import type { BrokenRule, ResourceLimits } from '@vitrine/contract'
import type { Enforcement } from '../../adapters/process-runner/resource-limits/enforcement.ts'
import { refusalOf } from '../../lib/invalid-request.errors.ts'
import type { QuotaSettings } from './quotas.ts'

const resources = ['memory_mb', 'cpu', 'processes', 'open_files', 'gpus'] as const

/**
 * The most that one instance may have, and what an instance has whose owner states nothing. What is absent has no
 * ceiling.
 */
export type Ceilings = {
  most: ResourceLimits
  /** Resources for which an owner who states nothing gets the ceiling. */
  usual: ResourceLimits
}

/** The part of the machine's memory that one instance may have, unless the administrator states another ceiling. */
const partOfMemory = 0.75

/**
 * The ceilings by the settings of the platform and what enforces them here. Where only a check once a second does,
 * instances without stated limits are not checked unless the administrator has set the ceiling: hundreds of them would
 * cost much and gain little. Pure.
 */
export function ceilingsOf(
  settings: QuotaSettings,
  machine: { memoryMb: number; enforcement: Enforcement },
): Ceilings {
  const { VITRINE_CEILING_MEMORY_MB: memory, VITRINE_CEILING_CPU: cpu } = settings
  const { VITRINE_CEILING_PROCESSES: processes, VITRINE_CEILING_OPEN_FILES: openFiles } = settings
  const { VITRINE_CEILING_GPUS: gpus } = settings
  const most: ResourceLimits = {
    memory_mb: memory ?? Math.max(16, Math.floor(machine.memoryMb * partOfMemory)),
    ...(cpu !== undefined && { cpu }),
    processes,
    open_files: openFiles,
    ...(gpus !== undefined && { gpus }),
  }
  const isHeld = (resource: 'memory' | 'processes') =>
    machine.enforcement.some((one) => one.resource === resource && one.by === 'cgroup')
  // Nobody gets a graphics processor without asking for it.
  const { memory_mb, processes: threads, gpus: _given, ...always } = most
  return {
    most,
    usual: {
      ...always,
      ...((memory !== undefined || isHeld('memory')) && { memory_mb }),
      ...(isHeld('processes') && { processes: threads }),
    },
  }
}

/** The limits of an instance for which these are stated: what is stated, but never above the ceiling. Pure. */
export function limitsWithin({ most, usual }: Ceilings, stated: ResourceLimits): ResourceLimits {
  const all = resources.map((resource) => {
    const wanted = stated[resource] ?? usual[resource]
    return [resource, wanted === undefined ? undefined : Math.min(wanted, most[resource] ?? wanted)] as const
  })
  return Object.fromEntries(all.filter(([, value]) => value !== undefined))
}

/** Throws `request.invalid` for each stated limit that is above the ceiling. `at` is the path of the limits. */
export function requireWithin({ most }: Ceilings, stated: ResourceLimits, at: string): void {
  const broken = resources.flatMap((resource): BrokenRule[] => {
    const [value, ceiling] = [stated[resource], most[resource]]
    if (value === undefined || ceiling === undefined || value <= ceiling) return []
    return [{ path: `${at}.${resource}`, rule: 'field.above_ceiling', values: { expected: ceiling } }]
  })
  if (broken.length > 0) throw refusalOf(broken)
}
