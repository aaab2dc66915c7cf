import type { Bus } from '../../../lib/bus.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { InstanceMonitor } from '../../instances/instance-monitor.ts'
import type { QuotaTable } from '../../quotas/quotas.ts'
import type { ServiceChanged } from '../../services/service-changed.ts'
import { createRunAdmission, type RunAdmission } from './admission.ts'
import { createRunQueue, type RunQueue } from './queue.ts'
import type { RunsRepository } from '../runs.repository.ts'

/** What keeps the runs of one person from delaying those of others. */
export type RunFairness = { admission: RunAdmission; runQueue: RunQueue }

/** Makes both, and wakes the queue of runs at each change of an instance. */
export function runFairness(deps: {
  runs: Pick<RunsRepository, 'storedBytes'>
  monitor: Pick<InstanceMonitor, 'ofService'>
  /** Tells of each change of an instance, because another one may let waiting runs in. */
  serviceChanges: Pick<Bus<ServiceChanged>, 'subscribe'>
  quotas: QuotaTable
  clock: Clock
}): RunFairness {
  const runQueue = createRunQueue(deps)
  deps.serviceChanges.subscribe(({ service_id: serviceId }) => runQueue.changed(serviceId))
  return { admission: createRunAdmission(deps), runQueue }
}
