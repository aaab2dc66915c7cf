import type { Clock } from '../../../lib/clock.ts'
import type { InstanceMonitor } from '../../instances/instance-monitor.ts'
import type { QuotaTable } from '../../quotas/quotas.ts'
import { createRunAdmission, type RunAdmission } from './admission.ts'
import { createRunQueue, type RunQueue } from './queue.ts'
import type { RunsRepository } from '../runs.repository.ts'

/** What keeps the runs of one person from delaying those of others. */
export type RunFairness = { admission: RunAdmission; runQueue: RunQueue }

export const runFairness = (deps: {
  runs: Pick<RunsRepository, 'storedBytes'>
  monitor: Pick<InstanceMonitor, 'ofService'>
  quotas: QuotaTable
  clock: Clock
}): RunFairness => ({ admission: createRunAdmission(deps), runQueue: createRunQueue(deps) })
