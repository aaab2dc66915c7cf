import type { Hold } from '../../../lib/memory-budget.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { serviceOfInstance, temporaryInstanceId } from '../../instances/instance-spec.ts'
import { lives } from '../../instances/live-instance.ts'
import type { InstanceMonitor } from '../../instances/instance-monitor.ts'
import { continuationAfterRestart } from './after-restart.ts'
import { findPrediction } from '../calling/instance-call.ts'
import type { StoredCall } from '../stored-call.ts'
import type { ResumedCall } from '../calling/started-call.ts'
import type { RunRecord } from '../run-record.ts'
import { runInterrupted } from '../runs.errors.ts'

/** What continuing a run needs. */
export type ResumeDeps = { monitor: Pick<InstanceMonitor, 'get'> }

/** For how long an instance that does not answer is asked again, in milliseconds. */
const patienceMs = 30_000

type Asked = { run: RunRecord; call: StoredCall; hold: Hold }

/** Asks the instance once. Resolves with how the run continues. */
async function ask(deps: ResumeDeps, { run, call, hold }: Asked) {
  const { instanceId, predictionId: id } = call
  const serviceId = serviceOfInstance(instanceId)
  const live = deps.monitor.get(instanceId)
  const isTemporary = run.release !== null && instanceId === temporaryInstanceId(serviceId, run.release)
  if (!live?.endpoint || !lives(live.report))
    return {
      continuation: continuationAfterRestart({ call, isTemporary, process: null, says: null }),
      resumed: null,
    }
  const { endpoint, report } = live
  const found = await findPrediction({ id, serviceId, endpoint, hold, signal: hold.signal })
  const process = { generation: report?.generation ?? null }
  return {
    continuation: continuationAfterRestart({ call, isTemporary, process, says: found.says }),
    resumed: found.says === 'known' ? { endpoint, events: found.events } : null,
  }
}

/**
 * Continues a call that an earlier control plane had begun. Gives its events so far and all that follow. Null
 * if the call never reached its instance, so that the run can begin again. Throws `run.interrupted` with the
 * reason.
 */
export async function resumeCall(deps: ResumeDeps, asked: Asked): Promise<ResumedCall | null> {
  const decided = await waitFor(
    async () => {
      const answer = await ask(deps, asked)
      return answer.continuation !== 'unreachable' && answer
    },
    { timeoutMs: patienceMs, everyMs: 100, slowingToMs: 2_000, signal: asked.hold.signal },
  )
  if (!decided) throw runInterrupted({ why: 'unreachable' })
  const { continuation, resumed } = decided
  if (continuation === 'follow' || continuation === 'anew') return resumed
  throw runInterrupted({ why: continuation })
}
