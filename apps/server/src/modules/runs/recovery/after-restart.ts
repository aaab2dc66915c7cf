import type { Found } from '../calling/instance-call.ts'
import type { StoredCall } from '../stored-call.ts'
import type { Interruption } from '../runs.errors.ts'

/** What is known of a run that an earlier control plane had begun. */
export type InterruptedRun = {
  call: StoredCall
  /** Whether its instance was a temporary one. */
  isTemporary: boolean
  /** The present process of its instance. Null if none is running. */
  process: { generation: string | null } | null
  /** What that process says about the run. Null if it was not asked. */
  says: Found['says'] | null
}

/** How a run continues: `follow` its instance, begin `anew` because it had no effect yet, or fail for a reason. */
export type Continuation = 'follow' | 'anew' | Interruption

const isSame = (call: StoredCall, process: { generation: string | null }) =>
  call.generation !== null && call.generation === process.generation

/** Decides how a run continues that an earlier control plane had begun. Pure. */
export function continuationAfterRestart({ call, isTemporary, process, says }: InterruptedRun): Continuation {
  if (says === 'known') return 'follow'
  if (process === null) return isTemporary ? 'temporary_ended' : 'instance_ended'
  if (!isSame(call, process)) return call.kept === false ? 'not_kept' : 'instance_ended'
  if (says === 'unknown' && call.kept === null) return 'anew'
  if (says === 'unknown' && call.kept) return 'forgotten'
  return says === 'unreachable' ? 'unreachable' : 'not_kept'
}
