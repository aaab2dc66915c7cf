import { lives } from '../../instances/live-instance.ts'
import type { InstanceMonitor } from '../../instances/instance-monitor.ts'
import type { RunExecutor } from './executor.ts'
import { assetIdsIn } from '../../assets/asset-ids.ts'

/** The ids of the media files in the inputs of the runs that an instance is executing. Null if it has no process. */
export function inputAssetsOn(
  { monitor, executor }: { monitor: Pick<InstanceMonitor, 'get'>; executor: Pick<RunExecutor, 'inputsOn'> },
  instanceId: string,
): string[] | null {
  const live = monitor.get(instanceId)
  return live && lives(live.report) ? assetIdsIn(executor.inputsOn(instanceId)) : null
}
