import type { Hold } from '../../../lib/memory-budget.ts'
import type { ResumedCall } from '../recovery/resume-call.ts'
import type { StoredCall } from './stored-call.ts'

/**
 * The call that an earlier control plane had begun for a run, and how to continue it. `resume` resolves with null if
 * the call never reached its instance.
 */
export type StartedCall = {
  call: StoredCall
  resume: (hold: Hold) => Promise<(ResumedCall & { giveBack: () => void }) | null>
}
