import { totalmem } from 'node:os'
import { enforcementHere } from '../adapters/process-runner/resource-limits/machine.ts'
import type { Settings } from '../config.ts'
import { ceilingsOf } from '../modules/quotas/instance-limits.ts'

/** What enforces limits on this machine, and the ceilings of one instance here. */
export async function ceilingsHere(settings: Settings) {
  const held = await enforcementHere()
  return { held, ceilings: ceilingsOf(settings, { ...held, memoryMb: totalmem() / 1024 ** 2 }) }
}
