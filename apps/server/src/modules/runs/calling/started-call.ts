import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { Hold } from '../../../lib/memory-budget.ts'
import type { PredictEvent } from '../events/run-events.ts'
import type { WhyEnded } from '../run-instance.ts'
import type { StoredCall } from '../stored-call.ts'

/** A call that continues: the address of its instance, and its events. */
export type ResumedCall = { endpoint: InstanceEndpoint; events: AsyncIterable<PredictEvent> }

/**
 * The call that an earlier control plane had begun for a run, and how to continue it. `resume` resolves with null if
 * the call never reached its instance.
 */
export type StartedCall = {
  call: StoredCall
  resume: (hold: Hold) => Promise<(ResumedCall & { giveBack: () => void; whyEnded: WhyEnded }) | null>
}
